import type { Cause } from "../events/envelope.ts";
import type { TaskSpec } from "../events/types/task.ts";
import { type Decision, priority as priorities } from "../events/vocabulary.ts";
import { type Alike, byFirst, type Place } from "./alike.ts";
import {
  type AgentFact,
  type AgentFacts,
  freeAgent,
  isAnyone,
  NAMED,
  type PassedOver,
  passedOver,
  type Staff,
} from "./free-agent.ts";
import { type Queue, queueOf } from "./queue.ts";
import type { Sharded } from "./sharded.ts";
import { AGEING, type Candidate, type Pick, pickNext, type RunStatistics } from "./task-order.ts";
import { inShort, notYet, type Waiting } from "./waiting.ts";

/** A task that was given to an agent. */
export interface Active {
  readonly task: TaskSpec;
  readonly agentId: string;
  readonly attempt: number;
  readonly probe: boolean;
  /** False between the decision and the journaled start. */
  readonly started: boolean;
  readonly sinceMs: number;
  readonly cause: Cause;
  /** Who wants it cancelled, and why: however this attempt ends, there is no other. */
  readonly cancel?: { readonly by: string; readonly reason: string };
}

export interface Situation {
  readonly waiting: ReadonlyMap<string, Waiting>;
  readonly active: ReadonlyMap<string, Active>;
  readonly statistics: RunStatistics;
  /** When each agent was last given a task, in any unit that grows. */
  readonly lastGiven: Sharded<number>;
  readonly agents: AgentFacts;
  readonly maxConcurrent: number;
  readonly nowMs: number;
}

export interface Decided {
  readonly taskId: string;
  readonly decision: Decision;
}

/** Who is given work, as far as it has been decided. */
interface Giving {
  readonly queue: Queue;
  readonly situation: Situation;
  readonly staff: Staff;
  readonly taken: ReadonlySet<Place>;
}

/** A group of which one can run now, and with whom. */
interface Turn {
  readonly alike: Alike;
  readonly free: AgentFact;
}

/**
 * Decides for every waiting task: `immediate` (with an agent), `scheduled` (a time or a dependency), or `deferred`
 * (no room, no free agent), each with its reason and the agents passed over. Of these it gives what was not told of the
 * task last, in the order of the queue: first what is scheduled, then what is given out, then by what is asked for what is
 * deferred. A value: nothing happens here.
 */
export function decide(situation: Situation): readonly Decided[] {
  const { waiting, active, agents, lastGiven, maxConcurrent, nowMs } = situation;
  // Most events come while nothing waits.
  if (waiting.size === 0) return [];
  const queue = queueOf(waiting).at(nowMs);
  const decided: Decided[] = [];
  for (const { id, entry } of queue.untold) {
    const decision = notYet(entry, nowMs);
    if (decision !== undefined) decided.push({ taskId: id, decision });
  }
  const taken = new Set<Place>();
  const load = new Map<string, number>();
  const giving = { queue, situation, staff: { agents, lastGiven, load }, taken };
  let room = maxConcurrent - active.size;
  if (room > 0) for (const { agentId } of active.values()) load.set(agentId, (load.get(agentId) ?? 0) + 1);
  let turns = room > 0 ? turnsOf(giving) : [];
  for (; room > 0; room--) {
    const given = giveOne(turns, giving);
    if (given === undefined) break;
    const { turn, place, decision } = given;
    taken.add(place);
    load.set(turn.free.id, (load.get(turn.free.id) ?? 0) + 1);
    decided.push({ taskId: place.id, decision });
    turns = stillTurns(turns, turn, giving);
  }
  return [...decided, ...deferrals(giving, room <= 0)];
}

/** Gives the task whose turn it is to its agent; `undefined` when none can run. */
function giveOne(
  turns: readonly Turn[],
  giving: Giving,
): { readonly turn: Turn; readonly place: Place; readonly decision: Decision } | undefined {
  const { situation, staff } = giving;
  if (turns.length === 0) return undefined;
  const heads = turns.flatMap((turn) => headsOf(turn, giving));
  const pick = pickNext(
    heads.map(({ candidate }) => candidate),
    situation.statistics,
    situation.nowMs,
    urgentIn(turns, giving),
  );
  const head = heads.find(({ place }) => place.id === pick?.id);
  if (pick === undefined || head === undefined) return undefined;
  const { turn, place } = head;
  const others = [...waitTheirTurn(turns, giving, place), ...passedOver(place.entry, staff, turn.free.id)];
  return { turn, place, decision: immediate(pick, place.entry.task, turn.free, others) };
}

/** The groups of which one can run, in the order of the queue. */
function turnsOf(giving: Giving): readonly Turn[] {
  const turns: Turn[] = [];
  for (const alike of giving.queue.ready) {
    const turn = turnOf(alike, giving);
    if (turn !== undefined) turns.push(turn);
  }
  return turns.sort((a, b) => byFirst(a.alike, b.alike));
}

function turnOf(alike: Alike, { staff, taken }: Giving): Turn | undefined {
  const next = alike.members.find((place) => !taken.has(place));
  const free = next && freeAgent(next.entry, staff);
  return free && { alike, free };
}

/** After one of them was given to its agent: that one has more to do now, and whoever would have had another still has it. */
function stillTurns(turns: readonly Turn[], { alike, free }: Turn, giving: Giving): readonly Turn[] {
  return turns.flatMap((turn) => {
    if (turn.alike !== alike && turn.free.id !== free.id) return [turn];
    return turnOf(turn.alike, giving) ?? [];
  });
}

/** Of each priority the one that has waited longest: no other of a group can be next. */
function headsOf(turn: Turn, { taken }: Giving) {
  return priorities.options.flatMap((priority) => {
    const place = turn.alike.ofPriority(priority).find((one) => !taken.has(one));
    if (place === undefined) return [];
    const candidate: Candidate = { id: place.id, priority, sinceMs: place.entry.sinceMs, agentId: turn.free.id };
    return [{ turn, place, candidate }];
  });
}

/** How many P0 can run, counted as far as a burst. */
function urgentIn(turns: readonly Turn[], { taken }: Giving): number {
  let urgent = 0;
  for (const { alike } of turns) {
    for (const place of alike.ofPriority("P0")) {
      if (urgent === AGEING.burst) return urgent;
      if (!taken.has(place)) urgent += 1;
    }
  }
  return urgent;
}

/** The first of those that can run and are not given out. */
function waitTheirTurn(turns: readonly Turn[], { taken }: Giving, given: Place): readonly PassedOver[] {
  const first: PassedOver[] = [];
  for (const { alike } of turns) {
    for (const place of alike.members) {
      if (first.length === NAMED) return first;
      if (place === given || taken.has(place)) continue;
      first.push({ id: place.id, reason: `${place.entry.task.priority}, waits its turn` });
    }
  }
  return first;
}

const whose: Readonly<Record<Pick["rule"], string>> = {
  guard: "a task that waited as long as P3 must",
  burst: "the shortest of many P0",
  priority: "the oldest",
};

function immediate({ rule, guardMs }: Pick, task: TaskSpec, { id }: AgentFact, passedOver: PassedOver[]): Decision {
  const who = rule === "priority" ? `${whose[rule]} ${task.priority}` : whose[rule];
  const where = task.agentId === undefined ? `${id}, which has the least to do` : id;
  return { kind: "immediate", agentId: id, rule, guardMs, reason: `${who} goes to ${where}`, passedOver };
}

/** What is said of those that can run and were not given out, where something else was said last. */
function deferrals({ queue, situation, staff, taken }: Giving, isFull: boolean): readonly Decided[] {
  const full = isFull ? deferral(`${situation.maxConcurrent} tasks run already`) : undefined;
  const deferred: { readonly alike: Alike; readonly places: readonly Place[]; readonly decision: Decision }[] = [];
  for (const alike of queue.ready) {
    const asks = alike.first?.entry;
    if (asks === undefined) continue;
    const { reason, told } = full ?? whyNobody(asks, staff);
    const others = alike.toldOtherwise(told);
    const places = taken.size === 0 ? others : others.filter((place) => !taken.has(place));
    if (places.length === 0) continue;
    const nobody = isFull ? [] : [...passedOver(asks, staff, undefined)];
    deferred.push({ alike, places, decision: { kind: "deferred", reason, passedOver: nobody } });
  }
  return deferred
    .sort((a, b) => byFirst(a.alike, b.alike))
    .flatMap(({ places, decision }) => places.map(({ id }) => ({ taskId: id, decision })));
}

/** Why a task is deferred, and what is then told of it. */
interface Deferral {
  readonly reason: string;
  readonly told: string;
}

function deferral(reason: string): Deferral {
  return { reason, told: inShort({ kind: "deferred", reason, passedOver: [] }) };
}

/** Nearly all that wait are told this: it is made once. */
const nobodyFree = deferral("no agent is free");

function whyNobody(asks: Waiting, staff: Staff): Deferral {
  if (isAnyone(asks, staff)) return nobodyFree;
  const { capability } = asks.task;
  return deferral(capability === undefined ? "there is no agent" : `no agent has the capability "${capability}"`);
}
