import type { Decided, Situation } from "../../src/domain/decision.ts";
import type { AgentFact, AgentFacts, PassedOver } from "../../src/domain/free-agent.ts";
import { lookUp } from "../../src/domain/sharded.ts";
import { type Candidate, type Pick, pickNext } from "../../src/domain/task-order.ts";
import type { Waiting } from "../../src/domain/waiting.ts";
import type { TaskSpec } from "../../src/events/types/task.ts";
import type { Decision } from "../../src/events/vocabulary.ts";

interface Judged {
  /** The agent that would take it; absent when none can now. */
  readonly free?: AgentFact;
  readonly passedOver: readonly PassedOver[];
}

/** How many alternatives a decision names. */
const NAMED = 8;

interface Alike {
  readonly asks: Waiting;
  readonly tasks: Map<string, Waiting>;
}

/** What is decided of every waiting task, found by looking at each of them; the product finds the same by looking at less. */
export function plainDecide(situation: Situation): readonly Decided[] {
  if (situation.waiting.size === 0) return [];
  const load = new Map<string, number>();
  for (const { agentId } of situation.active.values()) load.set(agentId, (load.get(agentId) ?? 0) + 1);
  const decided: Decided[] = [];
  const ready = new Map<string, Alike>();
  for (const [taskId, waiting] of situation.waiting) {
    const later = notYet(waiting, situation.nowMs);
    if (later === undefined) join(ready, taskId, waiting);
    else decided.push({ taskId, decision: later });
  }
  let room = situation.maxConcurrent - situation.active.size;
  for (; room > 0; room--) {
    const given = giveOne(ready, situation, load);
    if (given === undefined) break;
    decided.push(given);
  }
  for (const { asks, tasks } of ready.values()) {
    if (tasks.size === 0) continue;
    const decision = deferred(asks, room <= 0, situation, load);
    for (const taskId of tasks.keys()) decided.push({ taskId, decision });
  }
  return decided;
}

function join(ready: Map<string, Alike>, taskId: string, waiting: Waiting): void {
  const { agentId = "", capability = "" } = waiting.task;
  const asked = `${agentId}|${capability}|${waiting.probe}`;
  const alike = ready.get(asked);
  if (alike === undefined) ready.set(asked, { asks: waiting, tasks: new Map([[taskId, waiting]]) });
  else alike.tasks.set(taskId, waiting);
}

/** Gives the task whose turn it is to its agent; `undefined` when none can run. */
function giveOne(
  ready: ReadonlyMap<string, Alike>,
  situation: Situation,
  load: Map<string, number>,
): Decided | undefined {
  const runnable: Candidate[] = [];
  const found = new Map<string, { readonly alike: Alike; readonly free: AgentFact; readonly judged: Judged }>();
  for (const alike of ready.values()) {
    if (alike.tasks.size === 0) continue;
    const judged = judge(alike.asks, situation, load);
    const { free } = judged;
    if (free === undefined) continue;
    for (const [id, { task, sinceMs }] of alike.tasks) {
      runnable.push({ id, priority: task.priority, sinceMs, agentId: free.id });
      found.set(id, { alike, free, judged });
    }
  }
  const pick = pickNext(runnable, situation.statistics, situation.nowMs);
  const place = pick === undefined ? undefined : found.get(pick.id);
  const task = pick === undefined ? undefined : place?.alike.tasks.get(pick.id)?.task;
  if (pick === undefined || place === undefined || task === undefined) return undefined;
  place.alike.tasks.delete(pick.id);
  load.set(place.free.id, (load.get(place.free.id) ?? 0) + 1);
  const others = firstOf(runnable, ({ id }) => id !== pick.id).map(({ id, priority }) => {
    return { id, reason: `${priority}, waits its turn` };
  });
  return {
    taskId: pick.id,
    decision: immediate(pick, task, place.free, [...others, ...place.judged.passedOver]),
  };
}

function firstOf<T>(all: readonly T[], fits: (one: T) => boolean): readonly T[] {
  const first: T[] = [];
  for (const one of all) {
    if (first.length === NAMED) break;
    if (fits(one)) first.push(one);
  }
  return first;
}

const whose: Readonly<Record<Pick["rule"], string>> = {
  guard: "a task that waited as long as P3 must",
  burst: "the shortest of many P0",
  priority: "the oldest",
};

function immediate(
  { rule, guardMs }: Pick,
  task: TaskSpec,
  { id }: AgentFact,
  passedOver: readonly PassedOver[],
): Decision {
  const who = rule === "priority" ? `${whose[rule]} ${task.priority}` : whose[rule];
  const where = task.agentId === undefined ? `${id}, which has the least to do` : id;
  return {
    kind: "immediate",
    agentId: id,
    rule,
    guardMs,
    reason: `${who} goes to ${where}`,
    passedOver: [...passedOver],
  };
}

function notYet(waiting: Waiting, nowMs: number): Decision | undefined {
  if (waiting.needs.length > 0) {
    return { kind: "scheduled", notBeforeMs: 0, reason: `after ${waiting.needs.join(", ")}`, passedOver: [] };
  }
  if (waiting.notBeforeMs !== undefined && waiting.notBeforeMs > nowMs) {
    return {
      kind: "scheduled",
      notBeforeMs: waiting.notBeforeMs,
      reason: "backoff before the next attempt",
      passedOver: [],
    };
  }
  return undefined;
}

function deferred(waiting: Waiting, full: boolean, situation: Situation, load: ReadonlyMap<string, number>): Decision {
  if (full) return { kind: "deferred", reason: `${situation.maxConcurrent} tasks run already`, passedOver: [] };
  const passedOver = [...judge(waiting, situation, load).passedOver];
  if (passedOver.length > 0) return { kind: "deferred", reason: "no agent is free", passedOver };
  const { capability } = waiting.task;
  const reason = capability === undefined ? "there is no agent" : `no agent has the capability "${capability}"`;
  return { kind: "deferred", reason, passedOver };
}

/**
 * The free agent with the least to do, of equals one that is not likely to fail, of these the one longest without work; and
 * why each other was passed over.
 */
function judge(waiting: Waiting, situation: Situation, load: ReadonlyMap<string, number>): Judged {
  const { agentId, capability } = waiting.task;
  if (agentId !== undefined) {
    const one = situation.agents.get(agentId);
    const obstacle = one === undefined ? "is not registered" : obstacleOf(one, load, waiting.probe);
    if (one !== undefined && obstacle === undefined) return { free: one, passedOver: [] };
    return { passedOver: [{ id: agentId, reason: obstacle ?? "" }] };
  }
  const goesBefore = (a: AgentFact, b: AgentFact) => {
    const less = (load.get(a.id) ?? 0) - (load.get(b.id) ?? 0);
    if (less !== 0) return less < 0;
    if (a.likelyToFail !== b.likelyToFail) return b.likelyToFail === true;
    return (lookUp(situation.lastGiven, a.id) ?? -1) < (lookUp(situation.lastGiven, b.id) ?? -1);
  };
  let best: AgentFact | undefined;
  const judged: PassedOver[] = [];
  for (const id of situation.agents.capableOf(capability)) {
    const agent = situation.agents.get(id);
    if (agent === undefined) continue;
    const obstacle = obstacleOf(agent, load, waiting.probe);
    if (obstacle === undefined && (best === undefined || goesBefore(agent, best))) best = agent;
    // One more than is named: the best may be among them.
    if (judged.length <= NAMED) judged.push({ id: agent.id, reason: obstacle ?? freeAsWell(agent) });
  }
  if (capability === undefined) judged.push(...specialists(situation.agents, NAMED + 1 - judged.length));
  if (best === undefined) return { passedOver: judged.slice(0, NAMED) };
  const chosen = best.id;
  return { free: best, passedOver: judged.filter(({ id }) => id !== chosen).slice(0, NAMED) };
}

function freeAsWell({ likelyToFail }: AgentFact): string {
  return likelyToFail === true ? "is free as well, and likelier to fail than not" : "is free as well";
}

/** Agents that a task without a wish passes over, at most so many. */
function specialists(agents: AgentFacts, most: number): readonly PassedOver[] {
  const named: PassedOver[] = [];
  if (most <= 0) return named;
  for (const { id, capabilities } of agents.all()) {
    if (capabilities.length > 0) named.push({ id, reason: "takes only what asks for it" });
    if (named.length === most) break;
  }
  return named;
}

function obstacleOf(agent: AgentFact, load: ReadonlyMap<string, number>, probe: boolean): string | undefined {
  const running = load.get(agent.id) ?? 0;
  if (!agent.accepting) return "is drained or stopped";
  if (agent.state !== "idle" && agent.state !== "running") return `is ${agent.state}`;
  if (agent.breaker === "half_open") return running > 0 ? "has its probe under way" : undefined;
  if (agent.breaker === "open" && !probe) return "has its breaker open";
  return running >= agent.concurrency ? `runs ${running} of ${agent.concurrency}` : undefined;
}
