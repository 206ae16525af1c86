import { performance } from "node:perf_hooks";
import { built } from "./built.ts";
import type { Figure, Reading } from "./figure.ts";
import { type GeneratedPlaybook, generatedPlaybook, naiveMatches, troubleFor } from "./playbooks.ts";
import { perSecond } from "./samples.ts";

const PLAYBOOKS = 1_000;
const TYPES = 50;
const FOR_MS = 2_000;

const typeOf = (index: number) => `bench.kind_${index % TYPES}`;

interface Happened {
  readonly type: string;
  readonly data: unknown;
}

/** What matching costs by itself: no journal, no limits, no plan. */
export async function* matching(): AsyncIterable<Figure> {
  const playbooks = Array.from({ length: PLAYBOOKS }, (_, index) => generatedPlaybook(index, typeOf(index), "/"));
  const events = playbooks.map((_, index) => ({
    type: typeOf(index),
    data: troubleFor(index, `svc-${index}`),
  }));
  const { compileRules } = await built<typeof import("../src/domain/playbook/rules.ts")>("domain/playbook/rules.ts");
  const { catalogue } = await built<typeof import("../src/actions/index.ts")>("actions/index.ts");
  const { nodeHash } = await built<typeof import("../src/platform/hash.ts")>("platform/hash.ts");
  const files = playbooks.map((playbook) => ({ file: `${playbook.id}.json`, text: JSON.stringify(playbook) }));
  const rules = compileRules(files, { catalogue, hash: nodeHash });
  const [refused] = rules.refused;
  if (refused !== undefined) throw new Error(refused.reason);
  yield {
    figure: `choose.matching.${PLAYBOOKS}_playbooks`,
    measures: `events a second for which it was decided which of ${PLAYBOOKS} playbooks on ${TYPES} event types they call for; each event calls for one`,
    unit: "ms",
    ours: matchingWith(
      "aios, compiled conditions and an index by type and by what the fewest playbooks ask for",
      events,
      (event) => rules.candidates(event).filter((rule) => rule.matches({ event })).length,
    ),
    bars: [],
    beside: [naively(playbooks, events)],
    notMeasured: "limits, plan, risk and journal, which choose.200_playbooks holds; wildcards; regular expressions",
  };
}

function naively(playbooks: readonly GeneratedPlaybook[], events: readonly Happened[]): Reading {
  return matchingWith(
    "a loop over all playbooks that interprets their conditions",
    events,
    (event) => naiveMatches(playbooks, event).length,
  );
}

function matchingWith(name: string, events: readonly Happened[], count: (event: Happened) => number): Reading {
  const round = () => {
    for (const event of events) if (count(event) !== 1) throw new Error(`${name}: ${event.type} does not call for one`);
  };
  round();
  let rounds = 0;
  const began = performance.now();
  do {
    round();
    rounds++;
  } while (performance.now() - began < FOR_MS);
  const n = rounds * events.length;
  return { name, n, perSecond: perSecond(n, performance.now() - began) };
}
