import { existsSync, readdirSync, readFileSync, watch } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import WebSocket from "ws";
import { is } from "../../../src/events/envelope.ts";
import { createEngine, type Engine } from "../../../src/index.ts";
import { createLog } from "../../../src/platform/log.ts";
import { approvalsDoor } from "../../../src/runtime/doors/approvals-door.ts";
import { localServer } from "../../support/local-server.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** Planted in the engine's environment; nobody writes them down. */
const PLANTED = {
  AIOS_TEST_SECRET: 'pl4nted "value" of-the-command',
  AIOS_TEST_BEARER: "pl4nted-bearer-of-the-request",
};
/** What both have, whatever became of the rest. */
const CANARY = "pl4nted";

/** Prints the secret in every way it can, so long before the end that a part of it is cut, and waits to be looked at. */
const leaking = (code: number, flag: string) => `
const fs = require("node:fs");
const { SECRET } = process.env;
console.log("out " + SECRET, JSON.stringify({ SECRET }));
console.error("failed with " + SECRET);
for (let n = 0; n < 400; n++) process.stdout.write(SECRET + " ");
fs.writeFileSync(${JSON.stringify(flag)} + ".begun", SECRET.length + "");
const look = setInterval(() => { if (fs.existsSync(${JSON.stringify(flag)})) { clearInterval(look); process.exitCode = ${code}; } }, 20);
`;

/** A user's own action that says what it was handed wherever it can say something. */
const own = `export const action = ({ z, refuse }) => ({
  name: "tell_all",
  summary: "Says what it knows.",
  params: z.strictObject({ how: z.enum(["done", "failed", "before"]) }),
  risk: "low",
  idempotent: true,
  grants: () => ["own:telling"],
  says: () => "tell",
  outside: () => false,
  prepare: async ({ how }, context) => (how === "before" ? { was: context.secret("AIOS_TEST_SECRET") } : null),
  run: async ({ how }, context) => {
    const secret = context.secret("AIOS_TEST_SECRET");
    context.log.warn("telling " + secret, { told: secret });
    if (how === "failed") throw new Error("it failed with " + secret);
    return { detail: "told " + secret, evidence: { [secret]: [secret] } };
  },
});`;

const playbook = (id: string, action: object, grants: readonly string[]) => ({
  id,
  trigger: { event_type: `leak.${id}` },
  target: { kind: "host", id },
  actions: [action],
  validation: { check: "none" },
  rollback: false,
  risk: "low",
  cooldownMs: 0,
  grants,
  tests: [{ event: { type: `leak.${id}` }, expect: "match" }],
});

/** A server that answers with what it was sent: as a success below /echo, as a failure anywhere else. */
async function echoing(got: string[]): Promise<string> {
  return localServer(({ request }, response) => {
    got.push(request.headers.authorization ?? "");
    response.writeHead(request.url === "/echo" ? 200 : 500);
    response.end("x".repeat(1_990) + JSON.stringify(request.headers));
  });
}

const notice = (kind: string) => ({ type: "tell_all", params: { how: kind } });

function playbooks(url: string): readonly { readonly id: string }[] {
  const request = (place: string) => ({
    type: "http_request",
    params: {
      method: "GET",
      url: `${url}${place}`,
      secretHeaders: { authorization: { secret: "AIOS_TEST_BEARER", prefix: "Bearer " } },
    },
  });
  const http = [`http:GET ${new URL(url).host}/*`];
  return [
    playbook("command_ok", { type: "run_command", params: { command: "ok" } }, ["exec:ok"]),
    playbook("command_bad", { type: "run_command", params: { command: "bad" } }, ["exec:bad"]),
    playbook("request_ok", request("/echo"), http),
    playbook("request_bad", request("/bad"), http),
    ...["done", "failed", "before"].map((how) => playbook(`own_${how}`, notice(how), ["own:telling"])),
  ];
}

/** Everything that is said while it is listened to. */
async function listening(engine: Engine, token: string): Promise<string[]> {
  const said: string[] = [];
  const headers = { authorization: `Bearer ${token}` };
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const stream = await fetch(`${engine.url}/api/v1/events/stream`, { headers, signal: over.signal });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  void (async () => {
    for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) said.push(piece.value);
  })().catch(() => undefined);
  for (const place of ["/ws", "/ws/inspect"]) {
    const socket = new WebSocket(`${engine.url?.replace("http", "ws")}${place}`, { headers });
    onTestFinished(() => socket.terminate());
    socket.on("message", (data: Buffer) => said.push(data.toString("utf8")));
    await new Promise((resolve) => socket.once("open", resolve));
  }
  return said;
}

/** What every GET route of the description answers, those of one thing for each thing that their list has. */
async function everyAnswer(engine: Engine, token: string): Promise<ReadonlyMap<string, string>> {
  const answers = new Map<string, string>();
  const get = async (place: string) => {
    const answer = await fetch(`${engine.url}${place}`, { headers: { authorization: `Bearer ${token}` } });
    const bytes = Buffer.from(await answer.arrayBuffer());
    answers.set(place, (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8"));
    return answers.get(place) ?? "";
  };
  const { paths } = JSON.parse(await get("/openapi.json")) as { paths: Record<string, { get?: unknown }> };
  for (const place of ["/", "/inspect", "/docs", "/metrics", "/healthz", "/readyz"]) await get(place);
  for (const [place, { get: described }] of Object.entries(paths)) {
    if (described === undefined || place.endsWith("/stream")) continue;
    const [list = "", rest] = place.split(/\/\{[a-z]+\}/iu);
    if (rest === undefined) {
      await get(place);
      continue;
    }
    const { items = [] } = JSON.parse(await get(list)) as { items?: Record<string, unknown>[] };
    for (const item of items.slice(-30)) {
      const id = item["id"] ?? item["key"] ?? item["fingerprint"];
      if (typeof id === "string") await get(`${list}/${encodeURIComponent(id)}${rest}`);
    }
  }
  return answers;
}

function commandLines(): string {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return "";
      }
    })
    .join("\n");
}

describe("a secret that is given by reference", () => {
  it("stands nowhere, though the program, the server and the action that get it say it wherever they can", async () => {
    Object.assign(process.env, PLANTED);
    onTestFinished(() => {
      for (const name of Object.keys(PLANTED)) delete process.env[name];
    });
    const folder = await tempDir();
    const [dataDir, rules] = [path.join(folder, "data"), path.join(folder, "playbooks")];
    await mkdir(rules);
    const got: string[] = [];
    const url = await echoing(got);
    const library = playbooks(url);
    for (const one of library) await writeFile(path.join(rules, `${one.id}.json`), JSON.stringify(one));
    await writeFile(path.join(folder, "own.mjs"), own);
    const flag = path.join(folder, "go");
    const command = (code: number) => {
      const script = path.join(folder, `leaking-${code}.cjs`);
      return {
        script,
        declared: { path: process.execPath, arguments: [script], secrets: { SECRET: "AIOS_TEST_SECRET" } },
      };
    };
    const [ok, bad] = [command(0), command(3)];
    await writeFile(ok.script, leaking(0, `${flag}.ok`));
    await writeFile(bad.script, leaking(3, `${flag}.bad`));
    const logged: string[] = [];
    const engine = await createEngine({
      directory: folder,
      http: true,
      log: createLog({ level: "debug", write: (line) => void logged.push(line) }),
      config: {
        dataDir,
        http: { port: 0 },
        sensors: { enabled: false },
        reactor: {
          playbooks: [rules],
          actions: ["./own.mjs"],
          secrets: Object.keys(PLANTED),
          commands: { ok: ok.declared, bad: bad.declared },
        },
      },
    });
    onTestFinished(() => engine.stop());
    const token = (await readFile(path.join(dataDir, "operator.token"), "utf8")).trim();
    const streamed = await listening(engine, token);
    for (const [agentId, place] of [
      ["speaks", "/echo"],
      ["fails", "/bad"],
    ] as const)
      await engine.agents.register(agentId, {
        kind: "http",
        config: { url: `${url}${place}`, tokenEnv: "AIOS_TEST_BEARER" },
      });
    const me = { role: "operator", id: "me" } as const;
    const settled = new Map<string, string>();
    let look = () => {};
    engine.subscribe({}, (event) => {
      if (is(event, "playbook.settled")) settled.set(event.data.playbookId, event.data.reason);
      if (is(event, "approval.requested"))
        void approvalsDoor(engine.runtime).decide(event.data.approvalId, "approved", {}, me);
      look();
    });
    const until = (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (holds()) resolve();
        };
        look();
      });
    for (const { id } of library) await engine.publish({ type: `leak.${id}`, data: {} });
    const tasks = await Promise.all(
      ["speaks", "fails"].map((agent) => engine.tasks.submit({ agent, input: null, retries: 0 })),
    );
    for (const end of ["ok", "bad"]) {
      const begun = `${flag}.${end}.begun`;
      await new Promise<void>((resolve) => {
        const watcher = watch(folder, () => look());
        const look = () => {
          if (!existsSync(begun)) return;
          watcher.close();
          resolve();
        };
        look();
      });
      expect(commandLines()).toContain(`leaking-${end === "ok" ? 0 : 3}.cjs`);
      expect(commandLines()).not.toContain(CANARY);
      await writeFile(`${flag}.${end}`, "");
    }
    await until(() => settled.size === library.length);
    for (const { id } of tasks) await engine.tasks.finished(id);

    // What was given arrived, and everybody said it.
    expect(got).toEqual(Array.from({ length: 4 }, () => `Bearer ${PLANTED.AIOS_TEST_BEARER}`));
    expect(await readFile(`${flag}.ok.begun`, "utf8")).toBe(String(PLANTED.AIOS_TEST_SECRET.length));
    expect([settled.get("own_failed"), settled.get("own_before")]).toEqual([
      expect.stringContaining("it failed with (secret)"),
      expect.stringContaining("holds a secret that it was handed"),
    ]);

    const answers = await everyAnswer(engine, token);
    expect(answers.size).toBeGreaterThan(60);
    expect([...answers].filter(([, text]) => text.includes(CANARY)).map(([place]) => place)).toEqual([]);
    expect(answers.get("/api/v1/backup")).toContain("events.jsonl");
    expect(streamed.length).toBeGreaterThan(0);
    expect(streamed.join("\n")).toContain("(secret)");
    expect(streamed.join("\n")).not.toContain(CANARY);
    await engine.stop();
    expect(logged.join("\n")).toContain("telling (secret)");
    expect(logged.join("\n")).not.toContain(CANARY);
    const journal = await readFile(path.join(dataDir, "events.jsonl"), "utf8");
    expect(journal).toContain("out (secret)");
    expect(journal).toContain("failed with (secret)");
    const kept = (await readdir(dataDir, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
    expect(kept.length).toBeGreaterThan(3);
    for (const { parentPath, name } of kept) {
      const bytes = await readFile(path.join(parentPath, name));
      expect([name, bytes.includes(CANARY)]).toEqual([name, false]);
    }
  });
});
