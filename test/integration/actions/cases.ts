import { readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { declaredCommand } from "../../../src/actions/command.ts";
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
  async advise_agent({ engine }) {
    await engine.addAgent("a", { tuning: { retries: 1, advice: ["be brief"] } });
    const advice = () => engine.agent("a")?.tuning?.advice;
    return {
      params: { target: "a", advice: "be exact" },
      grants: ["agent.configure:a"],
      observe: async () => JSON.stringify([engine.agent("a")?.config, engine.agent("a")?.tuning]),
      happened: async () =>
        JSON.stringify(engine.agent("a")?.tuning) === '{"retries":1,"advice":["be brief","be exact"]}',
      withText: (text) => ({ params: { target: "a", advice: text }, arrived: async () => advice()?.[1] }),
    };
  },
  async restore_configuration({ engine }) {
    await engine.addAgent("a", { config: { model: "new" } });
    engine.configurations.set("a 7", { model: "old" });
    return {
      params: { target: "a", version: 7 },
      grants: ["agent.configure:a"],
      observe: async () => `${engine.agent("a")?.configHash} ${JSON.stringify(engine.agent("a")?.config)}`,
      happened: async () => JSON.stringify(engine.agent("a")?.config) === '{"model":"old"}',
    };
  },
  async set_concurrency({ engine }) {
    await engine.addAgent("a", { concurrency: 4 });
    return {
      params: { target: "a", concurrency: 1 },
      grants: ["agent.control:a"],
      observe: async () => JSON.stringify(engine.agent("a")),
      happened: async () => engine.agent("a")?.concurrency === 1,
    };
  },
  async pause_agent({ engine }) {
    await engine.addAgent("a");
    return {
      params: { target: "a", forMs: 60_000 },
      grants: ["agent.control:a"],
      observe: async () => JSON.stringify(engine.agent("a")),
      happened: async () => {
        const [order] = engine.drained;
        return engine.agent("a")?.accepting === false && engine.drained.length === 1 && order?.untilMs !== undefined;
      },
    };
  },
  async drain_agent({ engine }) {
    await engine.addAgent("a");
    return {
      params: { target: "a" },
      grants: ["agent.control:a"],
      observe: async () => JSON.stringify(engine.agent("a")),
      happened: async () => engine.agent("a")?.accepting === false && engine.drained[0]?.untilMs === undefined,
    };
  },
  async quarantine({ engine, lives, sleeper }) {
    const agent = await engine.addAgent("a", {}, sleeper);
    return {
      params: { target: "a", graceMs: 2000 },
      grants: ["agent.control:a", "process.signal:own"],
      observe: async () => JSON.stringify(engine.agent("a")?.accepting),
      happened: async () => {
        const alive = await Promise.all(agent.processes.map(lives));
        return engine.agent("a")?.accepting === false && !alive.includes(true);
      },
    };
  },
  async switch_model({ engine }) {
    await engine.addAgent("a", { config: { command: ["agent"], model: "big" } });
    const model = () => {
      const config = engine.agent("a")?.config;
      const value: unknown = config !== null && typeof config === "object" ? Reflect.get(config, "model") : undefined;
      return typeof value === "string" ? value : undefined;
    };
    return {
      params: { target: "a", model: "small" },
      grants: ["agent.configure:a"],
      observe: async () => `${engine.agent("a")?.configHash} ${JSON.stringify(engine.agent("a")?.config)}`,
      happened: async () => model() === "small",
      withText: (text) => ({ params: { target: "a", model: text }, arrived: async () => model() }),
    };
  },
  async run_agent({ engine }) {
    return {
      params: { target: "fixer", input: { what: "disk" } },
      grants: ["agent.run:fixer"],
      observe: async () => JSON.stringify(engine.submitted),
      happened: async () => engine.submitted.length === 1 && engine.submitted[0]?.key === "run-1/step/0",
      withText: (text) => ({
        params: { target: "fixer", input: text },
        arrived: async () => {
          const input = engine.submitted[0]?.input;
          return typeof input === "string" ? input : undefined;
        },
      }),
    };
  },
  async delete_files({ directory }) {
    await writeFile(path.join(directory, "a.tmp"), "x");
    await writeFile(path.join(directory, "b.tmp"), "y");
    await writeFile(path.join(directory, "keep.txt"), "z");
    await rm(path.join(directory, "link.tmp"), { force: true });
    await symlink(path.join(directory, "keep.txt"), path.join(directory, "link.tmp"));
    return {
      params: { directory, name: "*.tmp" },
      grants: [`fs.delete:${directory}/*.tmp`],
      observe: () => tree(directory),
      happened: async () => (await readdir(directory)).sort().join() === "keep.txt,link.tmp",
    };
  },
  async rotate_log({ directory }) {
    const log = path.join(directory, "out.log");
    await writeFile(log, "newest", { mode: 0o640 });
    await writeFile(`${log}.1`, "older");
    return {
      params: { path: log, keep: 3 },
      grants: [`fs.write:${directory}/**`],
      observe: () => tree(directory),
      happened: async () => {
        const read = await Promise.all([1, 2].map((number) => readFile(`${log}.${number}`, "utf8")));
        return read.join() === "newest,older" && !(await readdir(directory)).includes("out.log");
      },
    };
  },
  async run_command({ directory, commands }) {
    const file = path.join(directory, "arguments.json");
    const script = `require("fs").appendFileSync(${JSON.stringify(file)}, JSON.stringify(process.argv.slice(1)) + "\\n")`;
    commands.set(
      "note",
      declaredCommand.parse({
        path: process.execPath,
        arguments: ["-e", script, "--", { name: "text", flag: true, maxLength: 5000 }],
        cwd: directory,
      }),
    );
    const lines = async () => (await readFile(file, "utf8")).split("\n").filter(Boolean);
    return {
      params: { command: "note", arguments: { text: "hello" } },
      grants: ["exec:note"],
      observe: () => tree(directory),
      happened: async () => (await lines()).join() === '["hello"]',
      withText: (text) => ({
        params: { command: "note", arguments: { text } },
        arrived: async () => {
          const [first] = await lines();
          const [value]: unknown[] = first === undefined ? [] : (JSON.parse(first) as unknown[]);
          return typeof value === "string" ? value : undefined;
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
  async remove_file({ directory }) {
    const lock = path.join(directory, "work.lock");
    await writeFile(lock, Buffer.from([49, 50, 255, 10]), { mode: 0o640 });
    return {
      params: { path: lock },
      grants: [`fs.delete:${lock}`, `fs.write:${lock}`],
      observe: () => tree(directory),
      happened: async () => (await readdir(directory)).length === 0,
    };
  },
  async set_file_mode({ directory }) {
    const file = path.join(directory, "in.csv");
    await writeFile(file, "a,b", { mode: 0o600 });
    return {
      params: { path: file, mode: 0o644 },
      grants: [`fs.write:${file}`],
      observe: () => tree(directory),
      happened: async () => ((await stat(file)).mode & 0o777) === 0o644,
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
