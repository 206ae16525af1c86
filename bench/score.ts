import { performance } from "node:perf_hooks";
import type { AnyEvent } from "../src/index.ts";
import { SeededEntropy } from "../src/simulation/seeded-entropy.ts";
import { heard } from "../test/support/heard.ts";
import { facts } from "../test/support/story.ts";
import { built } from "./built.ts";
import type { Figure, Reading } from "./figure.ts";
import { NaiveScore } from "./naive-score.ts";
import { rounded, Samples } from "./samples.ts";

const WINDOW_MS = 3_600_000;
const IN_WINDOW = 50_000;
const COUNTED = 50_000;
/** The naive rival needs milliseconds for each. */
const COUNTED_NAIVE = 500;
const FINGERPRINTS = 200;

/** How long the score takes to follow an event while its windows are well filled. */
export async function* score(): AsyncIterable<Figure> {
  const { createScoreActor } = await built<typeof import("../src/actors/score.ts")>("actors/score.ts");
  const { systemClock } = await built<typeof import("../src/platform/clock.ts")>("platform/clock.ts");
  const openActor = () => {
    const actor = createScoreActor({ clock: systemClock, publish: () => Promise.resolve() });
    actor.goLive();
    return actor;
  };
  const read = openActor();
  const unread = openActor();
  const naive = new NaiveScore(WINDOW_MS);
  yield {
    figure: "score.update",
    measures: `one event heard and the whole score read after it (terms, grade, trend, alerts, reasons), with the ${IN_WINDOW} events before it in the windows: seven tasks that ended to two runs that settled and one failure that was recognised; value is the mean`,
    unit: "µs",
    ours: follow("aios, read after every event", COUNTED, {
      recall: (event) => read.apply(event),
      update(event) {
        read.apply(event);
        read.current();
      },
    }),
    bars: [
      { of: "value", must: "at most", limit: 50 },
      { of: "p99", must: "at most", limit: 50 },
    ],
    beside: [
      follow("aios, not read", COUNTED, {
        recall: (event) => unread.apply(event),
        update: (event) => unread.apply(event),
      }),
      follow("all events of the hour counted again", COUNTED_NAIVE, {
        recall: (event) => naive.recall(event),
        update: (event) => naive.update(event),
      }),
    ],
    notMeasured: "writing score.updated into the journal, which happens at most once a second",
  };
  read.stop();
  unread.stop();
}

/** What keeps a score: it is told the past first, and then watched while it follows what comes. */
interface Scorer {
  recall(event: AnyEvent): void;
  update(event: AnyEvent): void;
}

function follow(name: string, counted: number, scorer: Scorer): Reading {
  const samples = new Samples();
  let totalUs = 0;
  let told = 0;
  for (const event of history(IN_WINDOW + counted, Date.now() - 0.9 * WINDOW_MS)) {
    if (told++ < IN_WINDOW) {
      scorer.recall(event);
      continue;
    }
    const from = performance.now();
    scorer.update(event);
    const tookUs = 1000 * (performance.now() - from);
    samples.add(tookUs);
    totalUs += tookUs;
  }
  return { name, n: counted, value: rounded(totalUs / counted), spread: samples.spread() };
}

/** Events of most of an hour, the same in every run but for their times. */
function* history(count: number, firstAtMs: number): Iterable<AnyEvent> {
  const chance = new SeededEntropy(1);
  for (let n = 0; n < count; n++) yield eventOf(n, firstAtMs + (0.9 * WINDOW_MS * n) / count, chance);
}

function eventOf(n: number, at: number, chance: SeededEntropy): AnyEvent {
  const kind = n % 10;
  const well = chance.random() < 0.9;
  if (kind < 7)
    return well
      ? heard("task.succeeded", facts.succeeded(`t${n}`), at)
      : heard("task.failed", facts.failed(`t${n}`), at);
  if (kind < 9) return heard("playbook.settled", facts.settled(`r${n}`, well ? "fixed" : "not_fixed"), at);
  const fingerprint = `f${Math.floor(chance.random() * FINGERPRINTS)}`;
  return heard("failure.observed", facts.observed(fingerprint, `t${n}`, 3), at);
}
