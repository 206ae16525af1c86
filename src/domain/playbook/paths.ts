import { z } from "zod";
import { catalog, isKnown } from "../../events/catalog.ts";
import type { AgentFacts, ClockFacts, EventFacts, FailureFacts, TaskFacts } from "./facts.ts";
import { unknownName } from "./nearest.ts";

type Members<T> = Readonly<Record<keyof T, true>>;

const event: Members<EventFacts> = {
  id: true,
  type: true,
  source: true,
  subject: true,
  severity: true,
  principal: true,
  correlationid: true,
  depth: true,
  time: true,
  data: true,
};
const agent: Members<AgentFacts> = {
  id: true,
  kind: true,
  state: true,
  breaker: true,
  config: true,
  configVersion: true,
  configHash: true,
  group: true,
  tuning: true,
  concurrency: true,
  accepting: true,
  running: true,
  processes: true,
};
const task: Members<TaskFacts> = { id: true, state: true, agentId: true, input: true, attempts: true, priority: true };
const failure: Members<FailureFacts> = {
  fingerprint: true,
  formerly: true,
  template: true,
  message: true,
  code: true,
  exitCode: true,
  signal: true,
  status: true,
  reason: true,
  tasks: true,
  lessonId: true,
  level: true,
};
const clock: Members<ClockFacts> = { now: true, hour: true, minute: true, weekday: true };

const roots: Readonly<Record<string, readonly string[]>> = {
  event: Object.keys(event),
  agent: Object.keys(agent),
  task: Object.keys(task),
  failure: Object.keys(failure),
  clock: Object.keys(clock),
};

/** What paths may lead to in a playbook. */
export interface PathScope {
  /** What triggers it; the data of a type of the catalogue is known. */
  readonly eventType: string;
  /** Names of its parameters, where they may be looked at. */
  readonly parameters?: readonly string[];
}

/** Why a path can never lead to a value, whatever happens: a condition on it would silently never hold. */
export function strayPath(path: string, { eventType, parameters }: PathScope): string | undefined {
  const [root = "", member, inner] = path.split(".");
  const known = root === "parameters" ? parameters : Object.hasOwn(roots, root) ? roots[root] : undefined;
  if (known === undefined || member === undefined) {
    const all = [...Object.keys(roots), ...(parameters === undefined ? [] : ["parameters"])];
    return `"${path}" begins with none of ${all.join(", ")}`;
  }
  if (!known.includes(member)) return unknownName(`member of ${root}`, member, known);
  if (root !== "event" || member !== "data" || inner === undefined) return undefined;
  const data = dataOf(eventType);
  return data === undefined || data.includes(inner) ? undefined : unknownName(`member of ${eventType}`, inner, data);
}

/** Members that the data of this type may have; `undefined` where anything may stand. */
function dataOf(eventType: string): readonly string[] | undefined {
  if (!isKnown(eventType)) return undefined;
  const schema: z.ZodType = catalog[eventType].data;
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : undefined;
}
