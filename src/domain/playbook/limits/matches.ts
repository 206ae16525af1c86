/** How much matched lately: per second for one minute, per minute for one hour, and whom it struck. */
export interface Matches {
  readonly seconds: readonly Bucket[];
  readonly minutes: readonly Bucket[];
  /** When an agent was last struck. */
  readonly agents: ReadonlyMap<string, number>;
}

interface Bucket {
  readonly slot: number;
  readonly count: number;
}

export const noMatches: Matches = { seconds: [], minutes: [], agents: new Map() };

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
/** As many agents are remembered; the one struck longest ago is forgotten first. */
const AGENT_LIMIT = 10_000;

export function countMatch(matches: Matches, atMs: number, agentId: string | undefined): Matches {
  return {
    seconds: counted(matches.seconds, Math.floor(atMs / 1000), 60),
    minutes: counted(matches.minutes, Math.floor(atMs / MINUTE_MS), HOUR_MINUTES),
    agents: agentId === undefined ? matches.agents : struck(matches.agents, agentId, atMs),
  };
}

export function perMinute(matches: Matches, atMs: number): number {
  return sum(matches.seconds, Math.floor(atMs / 1000) - 60);
}

/** The busiest of the minutes that `sinceMs` and what followed fall into. */
export function busiestMinute(matches: Matches, sinceMs: number): number {
  const first = Math.floor(sinceMs / MINUTE_MS);
  return matches.minutes.reduce((most, { slot, count }) => (slot >= first ? Math.max(most, count) : most), 0);
}

/** Which of `members` were struck within the last minute. */
export function struckOf(matches: Matches, members: readonly string[], atMs: number): readonly string[] {
  return members.filter((id) => (matches.agents.get(id) ?? Number.NEGATIVE_INFINITY) > atMs - MINUTE_MS);
}

function counted(buckets: readonly Bucket[], slot: number, keep: number): readonly Bucket[] {
  const last = buckets.at(-1);
  if (last?.slot === slot) return [...buckets.slice(0, -1), { slot, count: last.count + 1 }];
  return [...buckets.filter((bucket) => bucket.slot > slot - keep), { slot, count: 1 }];
}

function sum(buckets: readonly Bucket[], after: number): number {
  return buckets.reduce((total, { slot, count }) => (slot > after ? total + count : total), 0);
}

function struck(agents: ReadonlyMap<string, number>, agentId: string, atMs: number): ReadonlyMap<string, number> {
  const next = new Map(agents);
  next.delete(agentId);
  next.set(agentId, atMs);
  for (const [id, lastMs] of next) {
    if (lastMs > atMs - MINUTE_MS && next.size <= AGENT_LIMIT) break;
    next.delete(id);
  }
  return next;
}
