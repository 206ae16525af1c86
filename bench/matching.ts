import { performance } from "node:perf_hooks";
import { built } from "./built.ts";
import type { Figure, Reading } from "./figure.ts";
import { type GeneratedPlaybook, generatedPlaybook, naiveMatches, troubleFor } from "./playbooks.ts";
import { rulesEngineMatches } from "./rules-engine.ts";
import { perSecond, Samples } from "./samples.ts";

const PLAYBOOKS = 1_000;
const TYPES = 50;
const FOR_MS = 2_000;

const typeOf = (index: number) => `bench.kind_${index % TYPES}`;

interface Happened {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How many of the playbooks each event calls for. */
type Called = 1 | 10;

/** What matching costs by itself: no journal, no limits, no plan. */
export async function* matching(): AsyncIterable<Figure> {
  yield await whereEachCallsFor(1);
  yield await whereEachCallsFor(10);
}

async function whereEachCallsFor(called: Called): Promise<Figure> {
  const troubles = PLAYBOOKS / called;
  const playbooks = Array.from({ length: PLAYBOOKS }, (_, index) =>
    generatedPlaybook(index, typeOf(index), "/", index % troubles),
  );
  const events = playbooks.map((_, index) => ({
    type: typeOf(index),
    data: { ...troubleFor(index % troubles, `svc-${index}`) },
  }));
  const rules = await compiled(playbooks);
  const ours = matchingWith(
    "aios, compiled conditions and an index by type and by what the fewest playbooks ask for",
    { events, called },
    (event) => rules.candidates(event).filter((rule) => rule.matches({ event })).length,
  );
  const naive = matchingWith(
    "a loop over all playbooks that interprets their conditions",
    { events, called },
    (event) => naiveMatches(playbooks, event).length,
  );
  return {
    figure: `choose.matching.${PLAYBOOKS}_playbooks.${called}_called_for`,
    measures: `events a second for which it was decided which of ${PLAYBOOKS} playbooks on ${TYPES} event types they call for; each event calls for ${called} of them (${(100 * called) / PLAYBOOKS} %). The spread is of single decisions`,
    unit: "ms",
    ours,
    bars: [
      { of: "perSecond", must: "at least", limit: 250_000 },
      { of: "p99", must: "at most", limit: 1 },
    ],
    beside: [naive, await rulesEngineReading(playbooks, { events, called })],
    notMeasured: "limits, plan, risk and journal, which choose.200_playbooks holds; wildcards; regular expressions",
  };
}

async function compiled(playbooks: readonly GeneratedPlaybook[]) {
  const { compileRules } = await built<typeof import("../src/domain/playbook/rules.ts")>("domain/playbook/rules.ts");
  const { catalogue } = await built<typeof import("../src/actions/index.ts")>("actions/index.ts");
  const { nodeHash } = await built<typeof import("../src/platform/hash.ts")>("platform/hash.ts");
  const files = playbooks.map((playbook) => ({ file: `${playbook.id}.json`, text: JSON.stringify(playbook) }));
  const rules = compileRules(files, { catalogue, hash: nodeHash });
  const [refused] = rules.refused;
  if (refused !== undefined) throw new Error(refused.reason);
  return rules;
}

interface Workload {
  readonly events: readonly Happened[];
  readonly called: Called;
}

function matchingWith(name: string, { events, called }: Workload, count: (event: Happened) => number): Reading {
  const round = () => {
    for (const event of events) if (count(event) !== called) throw new Error(wrong(name, event, called));
  };
  round();
  let rounds = 0;
  const began = performance.now();
  do {
    round();
    rounds++;
  } while (performance.now() - began < FOR_MS);
  const n = rounds * events.length;
  const each = perSecond(n, performance.now() - began);
  const single = new Samples();
  for (const event of events) {
    const asked = performance.now();
    count(event);
    single.add(performance.now() - asked);
  }
  return { name, n, perSecond: each, spread: single.spread() };
}

async function rulesEngineReading(
  playbooks: readonly GeneratedPlaybook[],
  { events, called }: Workload,
): Promise<Reading> {
  const name = "json-rules-engine, one engine for each event type, the event's members as facts";
  const count = rulesEngineMatches(playbooks);
  const single = new Samples();
  let n = 0;
  const began = performance.now();
  for (const event of events) {
    const asked = performance.now();
    if (asked - began >= FOR_MS) break;
    if ((await count(event)) !== called) throw new Error(wrong(name, event, called));
    single.add(performance.now() - asked);
    n++;
  }
  return { name, n, perSecond: perSecond(n, performance.now() - began), spread: single.spread() };
}

function wrong(name: string, event: Happened, called: Called): string {
  return `${name}: ${event.type} does not call for ${called}`;
}
