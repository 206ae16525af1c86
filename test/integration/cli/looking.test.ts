import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { entries } from "../../../src/cli/registry.ts";
import { RULE_VERSION } from "../../../src/domain/fingerprint/fingerprint.ts";
import { aios, listeningEngine } from "../../support/cli.ts";
import { namedCommands } from "../../support/cli-reference.ts";
import { wordsOfExample } from "../../support/shell-words.ts";

const missing = `console.error("ENOENT: no such file, open '/data/" + process.pid + ".json'"); process.exit(1)`;
const fail = ["node", "-e", missing];

describe("looking at an engine that has done nothing", () => {
  it("says that there is not enough data, and names no number", async () => {
    const { ask } = await listeningEngine();
    const { out } = await ask(["score"]);
    expect(out).toMatch(/^score +not enough data$/m);
    expect(out).toMatch(/^tsr +not enough data +0\.4 +0 tasks/m);
    expect((await ask(["lessons"])).out).toBe("No lessons yet.\n");
    expect((await ask(["failures"])).out).toBe("No failures.\n");
    expect((await ask(["evolution"])).out).toBe("No suggestions.\n");
    expect((await ask(["predictions"])).out).toBe("not proven: 0 of 100 outcomes that are needed\n");
    expect((await ask(["score", "standings"])).out).toContain("not enough data");
    expect((await ask(["incidents"])).out).toBe("No incidents.\n");
    expect((await ask(["score", "history", "--json"])).json()).toMatchObject({ next: null });
  });
});

describe("looking at an engine whose agent failed", () => {
  it("shows the failure, its lesson, the score and the machines", async () => {
    const { ask, engine } = await listeningEngine();
    await engine.agent("reader", fail, {}, { policy: { failureThreshold: 100 } });
    for (let n = 0; n < 5; n++) await engine.run({ agent: "reader", retries: 0 });
    const drafted = await engine.until("lesson.drafted");
    const { fingerprint, lessonId } = drafted.data;
    expect((await ask(["failures", "--agent", "reader"])).out).toMatch(
      new RegExp(`^${fingerprint} +5 +5 .* reader `, "m"),
    );
    expect((await ask(["failures", "show", fingerprint])).out).toMatch(/^struck +5 tasks in 5 attempts$/m);
    expect((await ask(["lessons", "--level", "draft"])).out).toMatch(
      new RegExp(`^${lessonId} +draft .* none yet`, "m"),
    );
    const lesson = (await ask(["lessons", "show", lessonId])).out;
    expect(lesson).toMatch(new RegExp(`^fingerprint +${fingerprint}$`, "m"));
    expect(lesson).toMatch(/^History\n.*\n *\d+ .* drafted/m);
    expect((await ask(["score"])).out).toMatch(/^tsr +0 % +0 % to 43\.4 % +0\.4 +5 tasks/m);
    expect((await ask(["score"])).out).toMatch(/^trend +not enough data \(5 of at least 60 outcomes\)$/m);
    expect((await ask(["score", "standings"])).out).toMatch(
      /^agent +reader +0 % +5 +not enough data \(5 of at least 60 outcomes\)$/m,
    );
    expect((await ask(["actors", "--machine", "agent"])).out).toMatch(/^agent\/reader +agent +(idle|blocked)/m);
    expect((await ask(["actors", "show", "agent/reader"])).out).toMatch(/\nRemembers\n/);
    for (const group of ["lessons", "actors", "incidents"])
      expect((await ask([group, "show", "nothing"])).code).toBe(1);
    expect((await ask(["failures", "show", "nothing"])).err).toContain("There is no failure nothing");
  });
});

describe("looking at why a failure is the failure that it is", () => {
  it("names what stood where, what it is kept apart from, and learns nothing from being asked", async () => {
    const { ask, engine } = await listeningEngine();
    const says = `console.error("module " + process.argv[1] + " has no exported member"); process.exit(1)`;
    for (const name of ["lodash", "zustand", "ky"]) {
      await engine.agent(name, ["node", "-e", says, name]);
      await engine.run({ agent: name, retries: 0 });
    }
    const { fingerprint } = (await engine.until("lesson.drafted")).data;
    const { out } = await ask(["failures", "explain", fingerprint]);
    expect(out).toMatch(new RegExp(`^rules +${RULE_VERSION}$`, "m"));
    expect(out).toContain(
      '"module * has no exported member" is one failure: at word 2 these 3 stood: lodash, zustand, ky',
    );
    expect((await ask(["failures", "explain", fingerprint, "--json"])).json()).toMatchObject({
      fingerprint,
      tasks: 3,
      joined: [{ places: [{ word: 2, values: [{ text: "lodash" }, { text: "zustand" }, { text: "ky" }] }] }],
    });
    const fresh = await ask(["failures", "explain", "--text", "module got has no exported member"]);
    expect(fresh.out).toMatch(new RegExp(`^fingerprint +${fingerprint}$`, "m"));
    expect(fresh.out).toContain("would join");
    const own = await ask(["failures", "explain", "--text", "-", "--json"], { stdin: "cannot open '/etc/x' on db7\n" });
    expect(own.json()).toMatchObject({
      seen: false,
      tasks: 0,
      message: { template: "cannot open <str> on <id>", values: [{ as: "str", text: "'/etc/x'" }, { text: "db7" }] },
      why: ["No other message is equal to it but for one place, so nothing says that any of its words varies"],
    });
    expect(engine.told("failure.observed")).toHaveLength(3);
    expect((await ask(["failures", "explain"])).code).toBe(2);
    expect((await ask(["failures", "explain", "nothing"])).err).toContain("There is no failure nothing");
  });
});

describe("commands that talk to an engine", () => {
  const talking = new Set([
    ...["tasks", "agents", "playbook", "runs", "approvals", "incidents", "deadletters", "lessons", "failures"],
    ...["evolution", "predictions", "score", "memory", "actors", "effects", "events", "audit", "token"],
  ]);
  /** These do without. */
  const alone = new Set([
    "playbook lint",
    "playbook new",
    "playbook test",
    "playbook import",
    "playbook backtest",
    "playbook actions",
    "playbook schema",
    "token show",
  ]);
  const lines = namedCommands(entries).flatMap(({ path, command }) => {
    if (!talking.has(path.split(" ", 1).join("")) || alone.has(path)) return [];
    const example = command.examples.find((text) => !/@|\.json| - /.test(text));
    return example === undefined ? [] : [{ path, words: wordsOfExample(example) }];
  });

  it.each(lines)("exit with 4 and say so when none answers: aios $path", async ({ words }) => {
    const env = { AIOS_PORT: String(await freePort()), AIOS_TOKEN: "a-token-of-my-own" };
    const { code, out, err } = await aios(words, { env });
    expect({ code, out }).toEqual({ code: 4, out: "" });
    expect(err).toContain("nothing listens there");
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
