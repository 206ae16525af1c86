import type { Fact } from "./journal.ts";
import type { Asks } from "./life.ts";
import { isWatched, Opinion, SUBJECTS, type Told } from "./opinion.ts";

/** What the engine told of itself while its journal grew from one sequence to another. */
export interface Sample {
  readonly from: number;
  readonly to: number;
  readonly told: Told;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Asks for every list there is. */
export async function takeSample(caller: Asks): Promise<Sample> {
  const from = await lastSequence(caller);
  const list = async <T extends { readonly id: string }>(route: string, say: (item: T) => string) => {
    const { items, next } = await caller.get<Page<T>>(`/${route}?limit=1000`);
    if (next !== null) throw new Error(`more ${route} than one page holds: load less`);
    return items.map((item) => `${item.id}: ${say(item)}`);
  };
  const tasks = await list<{ id: string; state: string; attempts: number }>(
    "tasks",
    ({ state, attempts }) => `${state} ${attempts}`,
  );
  const agents = await list<{ id: string; state: string; breaker: string; configVersion: number }>(
    "agents",
    ({ state, breaker, configVersion }) => `${state} ${breaker} ${configVersion}`,
  );
  const runs = await list<{ id: string; state: string; outcome: string | null }>(
    "runs",
    ({ state, outcome }) => `${state} ${outcome ?? "none"}`,
  );
  const approvals = await list<{ id: string; state: string }>("approvals", ({ state }) => state);
  const incidents = await list<{ id: string; state: string }>("incidents", ({ state }) => state);
  const machines =
    await caller.get<Page<{ id: string; deadlines: readonly { name: string; atMs: number }[] }>>(
      "/machines?limit=1000",
    );
  if (machines.next !== null) throw new Error("more machines than one page holds: load less");
  const deadlines = machines.items.flatMap(({ id, deadlines: armed }) =>
    armed.filter(({ name }) => isWatched(id, name)).map(({ name, atMs }) => `${id} ${name}: ${atMs}`),
  );
  return { from, to: await lastSequence(caller), told: { tasks, agents, runs, approvals, incidents, deadlines } };
}

async function lastSequence(caller: Asks): Promise<number> {
  const { items } = await caller.get<Page<{ sequence: number }>>("/events?order=newest&limit=1");
  return items[0]?.sequence ?? 0;
}

/**
 * Where samples and journal disagree: each list must be, line for line, what the journal implies at one of the sequences
 * between which it was asked for.
 */
export function disagreements(samples: readonly Sample[], facts: readonly Fact[]): readonly string[] {
  const opinion = new Opinion();
  const found: string[] = [];
  const open = [...samples].sort((a, b) => a.from - b.from).map((sample) => ({ sample, left: new Set(SUBJECTS) }));
  for (const fact of facts) {
    opinion.apply(fact);
    const asked = open.filter(
      ({ sample, left }) => left.size > 0 && sample.from <= fact.sequence && fact.sequence <= sample.to,
    );
    if (asked.length === 0) continue;
    const implied = opinion.told();
    for (const { sample, left } of asked)
      for (const subject of left) {
        if (same(implied[subject], sample.told[subject])) left.delete(subject);
        else if (fact.sequence === sample.to)
          found.push(
            `${subject} at ${sample.from}..${sample.to}: ${difference(implied[subject], sample.told[subject])}`,
          );
      }
  }
  for (const { sample } of open)
    if (sample.to > facts.length) found.push(`the engine told of ${sample.to}, which is not in its journal`);
  return found;
}

function same(implied: readonly string[], told: readonly string[]): boolean {
  if (implied.length !== told.length) return false;
  const lines = new Set(told);
  return implied.every((line) => lines.has(line));
}

function difference(implied: readonly string[], told: readonly string[]): string {
  const journal = implied.filter((line) => !told.includes(line));
  const engine = told.filter((line) => !implied.includes(line));
  return `the journal says [${journal.join("; ")}], the engine [${engine.join("; ")}]`;
}
