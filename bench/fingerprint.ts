import { performance } from "node:perf_hooks";
import { SeededEntropy } from "../src/simulation/seeded-entropy.ts";
import { built } from "./built.ts";
import { failureLines, SHAPES } from "./failure-lines.ts";
import type { Figure, Reading } from "./figure.ts";
import { naiveFingerprint } from "./naive-fingerprint.ts";
import { perSecond, Samples } from "./samples.ts";

const LINES = 20_000;
const ROUNDS = 3;

/** How many failures a second are recognised. */
export async function* fingerprint(): AsyncIterable<Figure> {
  const { fingerprintOf } = await built<typeof import("../src/domain/fingerprint/fingerprint.ts")>(
    "domain/fingerprint/fingerprint.ts",
  );
  const { nodeHash } = await built<typeof import("../src/platform/hash.ts")>("platform/hash.ts");
  const lines = failureLines(LINES, new SeededEntropy(1));
  yield {
    figure: "fingerprint.lines",
    measures: `messages of ${SHAPES} kinds (a sixth of them with a stack trace) whose numbers, paths, ids and names differ each time, from the text to its fingerprint and template`,
    unit: "µs",
    ours: recognise("aios", lines, (line) => fingerprintOf(line, nodeHash).id),
    bars: [],
    beside: [recognise("four regular expressions and a hash", lines, naiveFingerprint)],
    notMeasured: "how well failures are grouped, for which the notes count only how many kinds were told apart",
  };
}

function recognise(name: string, lines: readonly string[], idOf: (line: string) => string): Reading {
  const kinds = new Set(lines.map(idOf));
  const samples = new Samples();
  const began = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    for (const line of lines) {
      const from = performance.now();
      idOf(line);
      samples.add(1000 * (performance.now() - from));
    }
  }
  const rate = perSecond(samples.count, performance.now() - began);
  return { name, n: samples.count, perSecond: rate, spread: samples.spread(), note: `${kinds.size} kinds told apart` };
}
