import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Params } from "../../../src/domain/playbook/schema.ts";
import type { World } from "./world.ts";

/** One kind at work: what it is asked, what it needs, and how the outside sees its effect. */
export interface Case {
  readonly params: Params;
  readonly grants: readonly string[];
  /** The part of the world it may change, as text: equal text means equal state, byte for byte. */
  observe(): Promise<string>;
  /** Whether what it promises came about. */
  happened(): Promise<boolean>;
  /** The parameters with `text` wherever text of an event may arrive; absent where there is no such place. */
  readonly withText?: (text: string) => {
    readonly params: Params;
    readonly arrived: () => Promise<string | undefined>;
  };
}

/** Every kind, by name: one that has no case here fails the contract. */
export const cases: Readonly<Record<string, (world: World) => Promise<Case>>> = {
  async kill_process({ engine, lives, sleeper }) {
    const agent = await engine.addAgent("a", {}, sleeper);
    const other = await engine.addAgent("b", {}, sleeper);
    const alive = async () => Promise.all([...agent.processes, ...other.processes].map(lives));
    return {
      params: { target: ["a"], graceMs: 2000 },
      grants: ["process.signal:own"],
      observe: async () => JSON.stringify(await alive()),
      happened: async () => JSON.stringify(await alive()) === "[false,true]",
    };
  },
  async restart_agent({ engine, lives, sleeper }) {
    const before = await engine.addAgent("a", {}, sleeper);
    return {
      params: { target: "a", graceMs: 2000 },
      grants: ["process.signal:own"],
      observe: async () => JSON.stringify(engine.agent("a")?.processes),
      happened: async () => {
        const now = engine.agent("a")?.processes ?? [];
        const old = await Promise.all(before.processes.map(lives));
        return !old.includes(true) && now.length === 1 && (await Promise.all(now.map(lives))).every(Boolean);
      },
    };
  },
  async configure_agent({ engine }) {
    await engine.addAgent("a", { config: { model: "big", env: { A: "1", B: "2" } } });
    return {
      params: { target: "a", patch: { env: { A: "9", B: null } } },
      grants: ["agent.configure:a"],
      observe: async () => `${engine.agent("a")?.configHash} ${JSON.stringify(engine.agent("a")?.config)}`,
      happened: async () => JSON.stringify(engine.agent("a")?.config) === '{"model":"big","env":{"A":"9"}}',
      withText: (text) => ({
        params: { target: "a", patch: { model: text } },
        arrived: async () => {
          const config = engine.agent("a")?.config;
          const model: unknown =
            config !== null && typeof config === "object" ? Reflect.get(config, "model") : undefined;
          return typeof model === "string" ? model : undefined;
        },
      }),
    };
  },
  async retry_task({ engine }) {
    engine.addTask("t", "failed");
    return {
      params: { target: "t" },
      grants: ["task.retry:own"],
      observe: async () => JSON.stringify([engine.task("t"), engine.retried.length]),
      happened: async () => engine.retried[0]?.key === "run-1/step/0" && engine.task("t")?.state === "queued",
    };
  },
  async write_file({ directory }) {
    const file = path.join(directory, "out.txt");
    await writeFile(file, Buffer.from([0, 255, 128, 10]), { mode: 0o640 });
    return {
      params: { path: file, content: "new" },
      grants: [`fs.write:${directory}/**`],
      observe: () => tree(directory),
      happened: async () => (await readFile(file, "utf8")) === "new",
      withText: (text) => ({ params: { path: file, content: text }, arrived: () => readFile(file, "utf8") }),
    };
  },
  async restore_file({ directory }) {
    const source = path.join(directory, "source.bin");
    const lost = path.join(directory, "lost.bin");
    await writeFile(source, Buffer.from([1, 0, 255]));
    return {
      params: { path: lost, source },
      grants: [`fs.read:${source}`, `fs.write:${lost}`],
      observe: () => tree(directory),
      happened: async () => (await readFile(lost)).equals(Buffer.from([1, 0, 255])),
    };
  },
  async http_request({ server }) {
    return {
      params: { url: `http://${server.host}/hook?x=1`, body: { a: 1 } },
      grants: [`http:POST ${server.host}/hook`],
      observe: async () => JSON.stringify(server.requests),
      happened: async () => {
        const [first] = server.requests;
        return first?.line === "POST /hook?x=1" && first.body === '{"a":1}' && first.key === "run-1/step/0";
      },
      withText: (text) => ({
        params: { url: `http://${server.host}/hook`, body: text },
        arrived: async () => server.requests[0]?.body,
      }),
    };
  },
  async notify({ engine }) {
    return {
      params: { text: "look" },
      grants: ["notify:log"],
      observe: async () => JSON.stringify(engine.messages),
      happened: async () => engine.messages[0]?.text === "look" && engine.messages[0].key === "run-1/step/0",
      withText: (text) => ({ params: { text }, arrived: async () => engine.messages[0]?.text }),
    };
  },
  async emit_event({ engine }) {
    return {
      params: { event_type: "my.event", data: { a: 1 } },
      grants: ["event.emit:my.*"],
      observe: async () => JSON.stringify(engine.published),
      happened: async () => engine.published[0]?.type === "my.event" && engine.published[0].key === "run-1/step/0",
      withText: (text) => ({
        params: { event_type: "my.event", data: { text } },
        arrived: async () => {
          const data = engine.published[0]?.data;
          const value: unknown = data !== null && typeof data === "object" ? Reflect.get(data, "text") : undefined;
          return typeof value === "string" ? value : undefined;
        },
      }),
    };
  },
};

/** Names, modes and bytes of everything in a directory. */
async function tree(directory: string): Promise<string> {
  const names = (await readdir(directory, { recursive: true })).sort();
  const entries = await Promise.all(
    names.map(async (name) => {
      const file = path.join(directory, name);
      const facts = await stat(file);
      return [name, facts.mode, facts.isFile() ? (await readFile(file)).toString("base64") : ""];
    }),
  );
  return JSON.stringify(entries);
}
