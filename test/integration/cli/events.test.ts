import { describe, expect, it, onTestFinished } from "vitest";
import { writeRunningFile } from "../../../src/cli/running-file.ts";
import { createApp } from "../../../src/http/app.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { listen } from "../../../src/platform/http-server.ts";
import { aios, listeningDoors, listeningEngine } from "../../support/cli.ts";

/** Resolves once something that fits was printed. */
function printing() {
  let fits: (text: string) => boolean = () => false;
  let tell: () => void = () => {};
  return {
    heard: (text: string) => {
      if (fits(text)) tell();
    },
    until: (wanted: string) =>
      new Promise<void>((resolve) => {
        fits = (text) => text.includes(wanted);
        tell = resolve;
      }),
  };
}

describe("aios events", () => {
  it("publishes an event, lists it and finds it by its type, severity and subject", async () => {
    const { ask } = await listeningEngine();
    const data = '{"branch": "main"}';
    const wishes = ["--severity", "warning", "--subject", "build/7", "--idempotency-key", "k", "--json"];
    const first = (await ask(["events", "publish", "build.finished", data, ...wishes])).json();
    expect((await ask(["events", "publish", "build.finished", data, ...wishes])).json()).toEqual(first);
    expect((await ask(["events", "publish", "build.began"])).out).toMatch(/^Event \d+ is durable\.$/m);
    expect((await ask(["events", "list", "--type", "build.*"])).out).toMatch(
      / build\.finished {2}build\.finished · branch: main\n.* build\.began/,
    );
    const about = await ask(["events", "--subject", "build/7", "--severity", "warning", "--json"]);
    expect(about.json()).toMatchObject({ items: [{ ...(first as object), data: { branch: "main" } }], next: null });
    const paged = (await ask(["events", "--after", "0", "--limit", "2", "--json"])).json();
    expect(paged).toMatchObject({ items: [{ sequence: 1 }, { sequence: 2 }], next: 2 });
    expect((await ask(["events", "publish", "task.failed"])).code).toBe(3);
    expect((await ask(["events", "publish", "noname"])).code).toBe(1);
    expect((await ask(["events", "--type", "build.*", "--after", "99999"])).out).toBe("No events.\n");
  });

  it("tells what happened since, and then what happens, until there was enough", async () => {
    const doors = await listeningDoors();
    await doors.bus.publish({ type: "build.finished", data: { n: 1 } });
    const print = printing();
    const env = { AIOS_DATA_DIR: doors.directory };
    const first = print.until("n: 1");
    const tail = aios(["events", "tail", "--after", "0", "--type", "build.*", "--count", "2"], { env, ...print });
    await first;
    await doors.bus.publish({ type: "other.thing", data: {} });
    await doors.bus.publish({ type: "build.finished", data: { n: 2 } });
    const { code, out } = await tail;
    expect(code).toBe(0);
    expect(out.split("\n").map((line) => /n: \d/.exec(line)?.[0])).toEqual(["n: 1", "n: 2", undefined]);
  });

  it("goes on where the line was cut, also when the engine came back at another address", async () => {
    const doors = await listeningDoors();
    const print = printing();
    const env = { AIOS_DATA_DIR: doors.directory };
    await doors.bus.publish({ type: "build.finished", data: { n: 1 } });
    const first = print.until('"n":1');
    const tail = aios(["events", "tail", "--after", "0", "--count", "3", "--json"], { env, ...print });
    await first;
    await doors.close();
    await doors.bus.publish({ type: "build.finished", data: { n: 2 } });
    const again = createApp(doors.deps);
    const options = { host: "127.0.0.1", port: 0, log: silentLog, allowedHosts: [], hasToken: false };
    const server = await listen({ doors: again, ...options });
    onTestFinished(() => server.close({ graceMs: 100 }));
    await writeRunningFile(doors.directory, { url: server.url, pid: process.pid, version: "1" });
    await doors.bus.publish({ type: "build.finished", data: { n: 3 } });
    const { out } = await tail;
    const told = out.trim().split("\n");
    expect(told.map((line) => (JSON.parse(line) as { data: unknown }).data)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });
});

describe("aios audit", () => {
  it("says who caused what, newest first, and leaves out what the engine did by itself", async () => {
    const { ask, engine, env } = await listeningEngine();
    const made = await ask(["token", "create", "--role", "agent", "--agent", "coder"]);
    const asCoder = { env: { ...env, AIOS_TOKEN: made.out.trim() } };
    await ask(["events", "publish", "build.began"]);
    await ask(["pause", "--reason", "maintenance"]);
    const said = await aios(["events", "publish", "coder.said"], asCoder);
    expect(said.code).toBe(0);
    const { out } = await ask(["audit"]);
    expect(out.split("\n").map((line) => /(operator|agent):\w+ +[\w.]+/.exec(line)?.[0])).toEqual([
      undefined,
      "agent:coder     coder.said",
      "operator:first  reactor.paused",
      "operator:first  build.began",
      undefined,
    ]);
    expect((await ask(["audit", "--principal", "agent:coder", "--json"])).json()).toMatchObject({
      items: [{ type: "coder.said" }],
    });
    expect((await ask(["audit", "--principal", "engine", "--limit", "1", "--json"])).json()).toMatchObject({
      items: [{ principal: "engine" }],
    });
    const after = String(engine.told("reactor.paused")[0]?.sequence);
    expect((await ask(["audit", "--after", after, "--json"])).json()).toMatchObject({
      items: [{ type: "coder.said" }],
    });
  });

  it("reads the whole journal when the newest events hold too little", async () => {
    const doors = await listeningDoors();
    await doors.bus.publish({ type: "build.began", data: {}, principal: "operator:first" });
    for (let n = 0; n < 1100; n++) await doors.bus.publish({ type: "build.finished", data: { n } });
    const audited = await aios(["audit", "--json"], { env: { AIOS_DATA_DIR: doors.directory } });
    expect(audited.json()).toMatchObject({ items: [{ type: "build.began", sequence: 1 }] });
  });
});
