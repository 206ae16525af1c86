import type { Publishable } from "../../src/events/bus.ts";
import type { EventType } from "../../src/events/catalog.ts";
import type { Json } from "../../src/kernel/json.ts";
import { approvalsDoor } from "../../src/runtime/doors/approvals-door.ts";
import { healthOf, mending } from "./playbooks.ts";
import { VirtualEngine } from "./virtual-engine.ts";

const me = { role: "operator", id: "me" } as const;
export const TRIGGER = "build.broken";

/** One kind at work in a whole engine. */
export interface Row {
  readonly params: Readonly<Record<string, Json>>;
  /** The files it works on, and how they stand when it has; a file that is not named is not there. */
  readonly files?: { readonly before: Files; readonly after: Files };
  /** Of the files when it has. */
  readonly mode?: number;
  readonly arrange?: (engine: VirtualEngine) => Promise<unknown>;
}
export type Files = Readonly<Record<string, string>>;

const onAgent = { target: "a" };
export const rows: Readonly<Record<string, Row>> = {
  advise_agent: { params: { ...onAgent, advice: "be exact" } },
  configure_agent: { params: { ...onAgent, patch: { model: "small" } } },
  delete_files: { params: { directory: "/srv" }, files: { before: { "/srv/a": "x", "/srv/b": "y" }, after: {} } },
  drain_agent: { params: onAgent },
  emit_event: { params: { event_type: "my.event" } },
  http_request: { params: { url: "http://upstream/charge" } },
  kill_process: { params: { target: ["a"] } },
  notify: { params: { text: "look" } },
  pause_agent: { params: onAgent },
  quarantine: { params: onAgent },
  remove_file: { params: { path: "/srv/a" }, files: { before: { "/srv/a": "1" }, after: {} } },
  restart_agent: { params: onAgent },
  restore_configuration: {
    params: { ...onAgent, version: 1 },
    arrange: ({ runtime }) => runtime.agents.configure("a", { model: "huge" }, { by: "operator:me", key: "k" }),
  },
  restore_file: {
    params: { path: "/srv/a", source: "/srv/b" },
    files: { before: { "/srv/b": "1" }, after: { "/srv/a": "1", "/srv/b": "1" } },
  },
  retry_task: { params: { target: { $ref: "event.data.taskId" } } },
  rotate_log: {
    params: { path: "/srv/a", keep: 3 },
    files: {
      before: { "/srv/a": "333", "/srv/a.1": "22", "/srv/a.2": "1" },
      after: { "/srv/a.1": "333", "/srv/a.2": "22", "/srv/a.3": "1" },
    },
  },
  run_agent: { params: { target: "b", input: "help" } },
  run_command: { params: { command: "charge" } },
  set_concurrency: { params: { ...onAgent, concurrency: 7 } },
  set_file_mode: {
    mode: 0o644,
    params: { path: "/srv/a", mode: 0o644 },
    files: { before: { "/srv/a": "" }, after: { "/srv/a": "" } },
  },
  switch_model: { params: { ...onAgent, model: "small" } },
  write_file: { params: { path: "/srv/a", content: "new" }, files: { before: {}, after: { "/srv/a": "new" } } },
};

/** A run that a person agrees to, of one action; another signal than the action's own verifies it. */
function playbookOf(kind: string, { params }: Row): object {
  return mending({
    target: { kind: "host", id: "local" },
    actions: [{ type: kind, params }],
    risk: "medium",
    grants: [
      "process.signal:own",
      ...["read", "write", "delete"].map((verb) => `fs.${verb}:/srv/**`),
      "http:* upstream/*",
      ...["configure", "control", "run"].map((verb) => `agent.${verb}:*`),
      "task.retry:own",
      "event.emit:*",
      "notify:log",
      "exec:*",
    ],
  });
}

export async function setFiles(engine: VirtualEngine, wanted: Files, mode = 0o600): Promise<void> {
  const { files } = engine.world;
  for (const name of await files.list("/srv")) await files.remove(`/srv/${name}`);
  for (const [file, text] of Object.entries(wanted)) await files.write(file, text, { mode });
}

/** Lets the run come to its end, with a person who agrees to what is asked. */
export async function lived(engine: VirtualEngine): Promise<void> {
  for (let round = 0; round < 3; round++) {
    for (const { id } of engine.runtime.views.approvals.waiting())
      await approvalsDoor(engine.runtime).decide(id, "approved", {}, me);
    await engine.pass(20_000);
  }
  // A program takes real time, in which the virtual one goes on in small steps.
  const isOver = () => engine.runtime.views.runs.list().every(({ state }) => state === "settled");
  for (let round = 0; round < 3_000 && !isOver(); round++) await engine.pass(1_000);
}

/** All that the kinds change, as text: agents, tasks, files, and what was told once more. */
export async function stateOf(engine: VirtualEngine): Promise<string> {
  const { files } = engine.world;
  const stored: unknown[] = [];
  for (const name of [...(await files.list("/srv"))].sort()) {
    const file = `/srv/${name}`;
    stored.push([file, await files.readText(file), (await files.stat(file))?.mode]);
  }
  const { config, concurrency, accepting, tuning = {} } = engine.runtime.facts.agent("a") ?? {};
  const tasks = engine.runtime.views.tasks.list().map(({ input, state }) => [input, state]);
  const told = engine.events.filter(({ type }) => type === "my.event" || type === "task.retried").length;
  return JSON.stringify({ stored, agent: { config, concurrency, accepting, tuning }, tasks, told });
}

/** An engine with everything in place, before there is anything to answer. */
export async function ready(kind: string, row: Row): Promise<Ready> {
  const engine = await VirtualEngine.open({
    playbooks: [playbookOf(kind, row)],
    config: { reactor: { commands: { charge: { path: "/bin/true", timeoutMs: 3_600_000 } } } },
  });
  healthOf(engine.world, 200);
  for (const id of ["a", "b"]) {
    const agent = await engine.agent(id, { config: { model: "big" } });
    agent.automatic = (call) => (call.input === "fails" && call.attempt === 1 ? call.fail("no") : call.done("yes"));
  }
  await row.arrange?.(engine);
  const taskId = await engine.submit({ agent: "b", input: "fails", retries: 0 });
  await engine.pass(120_000);
  await setFiles(engine, row.files?.before ?? {});
  return { engine, trigger: { type: TRIGGER, data: { taskId } } };
}

interface Ready {
  readonly engine: VirtualEngine;
  readonly trigger: Publishable;
}

/** A whole run, whose validation reads this of the upstream. */
export async function whole(kind: string, row: Row, health: 200 | 503 = 200): Promise<VirtualEngine> {
  const { engine, trigger } = await ready(kind, row);
  healthOf(engine.world, health);
  await engine.publish(trigger);
  await lived(engine);
  return engine;
}

/** How often the world outside was asked for what must not be asked for twice. */
export function charges({ world }: VirtualEngine): number {
  return world.requests.filter(({ method }) => method === "POST").length;
}

/** Whether the effect may have come before the end: only between its beginning and its end both are possible. */
export function effectsAt(after: number, begun: number, done: number): readonly ("before" | "after")[] {
  if (after < begun) return ["before"];
  return after < done ? ["before", "after"] : ["after"];
}

/** The sequence of the first event of a type. */
export function sequenceOf({ events }: VirtualEngine, type: EventType): number {
  const found = events.find((event) => event.type === type);
  if (found === undefined) throw new Error(`there is no ${type}`);
  return found.sequence;
}
