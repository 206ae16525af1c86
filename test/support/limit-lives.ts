import type { ConfigInput } from "../../src/config.ts";
import type { Json } from "../../src/kernel/json.ts";
import { CONFIG_FILE, healthOf, mending } from "./playbooks.ts";
import { VirtualEngine } from "./virtual-engine.ts";

/** One setting that keeps remedies in bounds, and a life of an engine in which another value of it is seen. */
export interface LimitRow {
  /** The row of the table in docs/design/reactor.md, or what else it keeps remedies from. */
  readonly against: string;
  /** Where it stands: in the configuration, below `playbook` in a playbook, or in the data directory. */
  readonly setting: string;
  readonly to: Json;
  /** What is set beside it, whatever the setting is: other limits would hide it. */
  readonly beside?: Settings;
  /** What an engine does with the setting as it comes, and with the other value. */
  readonly sees: readonly [Json, Json];
  readonly live: (given: Given) => Promise<Json>;
}

type Settings = Readonly<Record<string, Json>>;

/** What an engine is opened with. */
interface Given {
  readonly config: ConfigInput;
  readonly playbook: object;
  /** Set where the row is about a file in the data directory. */
  readonly file: string | undefined;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The engine's life with the setting as it comes, then with the other value. */
export async function livesOf(row: LimitRow): Promise<readonly Json[]> {
  const given = (settings: Settings): Given => {
    const at = (prefix: string) => Object.entries(settings).filter(([path]) => path.startsWith(prefix));
    const own = Object.fromEntries(at("playbook.").map(([path, value]) => [path.slice("playbook.".length), value]));
    const file = at("data/")[0]?.[0].slice("data/".length);
    const config = Object.entries(settings).filter(([path]) => !/^(playbook\.|data\/)/.test(path));
    return { config: configOf(config), playbook: answering(own), file };
  };
  const beside = row.beside ?? {};
  return [await row.live(given(beside)), await row.live(given({ ...beside, [row.setting]: row.to }))];
}

function configOf(settings: readonly (readonly [string, Json])[]): ConfigInput {
  const config: Record<string, unknown> = {};
  for (const [path, value] of settings) {
    const names = path.split(".");
    let place = config;
    for (const name of names.slice(0, -1)) {
      place[name] ??= {};
      place = place[name] as Record<string, unknown>;
    }
    place[names.at(-1) ?? ""] = value;
  }
  return config as ConfigInput;
}

/** Writes the file that the event names; `validation.NAME` in `own` sets a member of the validation alone. */
function answering(own: Settings): object {
  const { validation, ...rest } = mending({
    target: { kind: "file", id: { $ref: "event.data.file" } },
    actions: [{ type: "write_file", params: { path: { $ref: "event.data.file" }, content: "new" } }],
  });
  const inner = Object.entries(own).filter(([path]) => path.startsWith("validation."));
  const read = Object.fromEntries(inner.map(([path, value]) => [path.slice("validation.".length), value]));
  const outer = Object.entries(own).filter(([path]) => !path.startsWith("validation."));
  return { ...rest, ...Object.fromEntries(outer), validation: { ...validation, ...read } };
}

export async function open({ config, playbook }: Given, health: 200 | 503 = 200): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open({ playbooks: [playbook], config });
  healthOf(engine.world, health);
  return engine;
}

/** Publishes the trigger so many times, each on a file of its own unless named; each run may end before the next. */
export async function called(
  engine: VirtualEngine,
  times: number,
  { everyMs = 30 * SECOND, file }: { readonly everyMs?: number; readonly file?: string } = {},
): Promise<void> {
  for (let n = 0; n < times; n++) {
    const data = { file: file ?? `/srv/${engine.events.length}` };
    await engine.publish({ type: "build.broken", data });
    await engine.pass(everyMs);
  }
}

export const on = { file: CONFIG_FILE };
export const begun = (engine: VirtualEngine) => engine.told("playbook.matched").length;
export const asked = (engine: VirtualEngine) => engine.told("approval.requested").length;
export const outcomes = (engine: VirtualEngine) => engine.told("playbook.settled").map(({ data }) => data.outcome);

/** How many runs begin when one target calls so many times. */
export const onOneTarget =
  (times: number, everyMs: number, health: 200 | 503 = 200): LimitRow["live"] =>
  async (given) => {
    const engine = await open(given, health);
    await called(engine, times, { ...on, everyMs });
    return begun(engine);
  };

/** How many runs begin when so many targets call, one each. */
export const onManyTargets =
  (times: number): LimitRow["live"] =>
  async (given) => {
    const engine = await open(given);
    await called(engine, times);
    return begun(engine);
  };

/** Agents of one group, on each of which the playbook works when the event names it. */
export async function group(given: Given, size: number): Promise<VirtualEngine> {
  const engine = await open({
    ...given,
    playbook: { ...given.playbook, target: { kind: "agent", id: { $ref: "event.data.agentId" } } },
  });
  for (let n = 0; n < size; n++) {
    const agent = await engine.agent(`a${n}`, { group: "them", policy: { failureThreshold: 1, cooldownMs: HOUR } });
    agent.automatic = (call) => call.fail("down");
  }
  return engine;
}

/** Strikes so many of its agents at once. */
export async function struck(engine: VirtualEngine, agents: number): Promise<void> {
  for (let n = 0; n < agents; n++)
    await engine.publish({ type: "build.broken", data: { agentId: `a${n}`, file: `/srv/${n}` } });
}

export const workedOn =
  (size: number, agents: number): LimitRow["live"] =>
  async (given) => {
    const engine = await group(given, size);
    await struck(engine, agents);
    return begun(engine);
  };

/** Ends the processes of idle agents, of which there are so many. */
export const ending =
  (agents: number, target: Json, seen: (engine: VirtualEngine) => Json): LimitRow["live"] =>
  async (given) => {
    const engine = await open({
      ...given,
      playbook: { ...given.playbook, actions: [{ type: "kill_process", target }], grants: ["process.signal:own"] },
    });
    for (let n = 0; n < agents; n++) await engine.agent(`a${n}`);
    await called(engine, 1);
    return seen(engine);
  };

/** The attempts that tasks get which fail whatever is tried, all together. */
export const attempts =
  (tasks: number): LimitRow["live"] =>
  async (given) => {
    const engine = await open(given);
    const agent = await engine.agent("a", { policy: { failureThreshold: 1_000, cooldownMs: 1 } });
    agent.automatic = (call) => call.fail("down");
    for (let n = 0; n < tasks; n++) {
      await engine.submit({ agent: "a", retries: 2 });
      await engine.pass(MINUTE);
    }
    return agent.calls.length;
  };

/** What is told of the processor when it reads these, one sample every five seconds. */
export const reading =
  (...samples: readonly number[]): LimitRow["live"] =>
  async (given) => {
    const engine = await open(given);
    for (const cpu of samples) {
      engine.world.vitals = { cpu };
      await engine.pass(5 * SECOND);
    }
    return engine.events.filter(({ type }) => type === "resource.high" || type === "resource.normal").length;
  };

export async function oneCall(given: Given): Promise<VirtualEngine> {
  const engine = await open(given);
  await called(engine, 1);
  return engine;
}

/** How many runs ask after one that failed and two that helped. */
export async function thriceAfterAFailure(given: Given): Promise<Json> {
  const engine = await open(given, 503);
  await called(engine, 1, on);
  healthOf(engine.world, 200);
  await called(engine, 3, { ...on, everyMs: MINUTE });
  return asked(engine);
}

/** How many runs ask when so many failed before. */
export function afterFailures(failures: number): LimitRow["live"] {
  return async (given) => {
    const engine = await open(given, 503);
    await called(engine, failures + 1, { ...on, everyMs: MINUTE });
    return asked(engine);
  };
}
