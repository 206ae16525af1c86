import type { Estimate } from "../../domain/paired.ts";
import { sayDuration } from "../duration.ts";
import { NO_DATA, sayEstimate } from "../say.ts";
import { details, section, table } from "../table.ts";
import type { Paint } from "../terminal.ts";
import { type ArmName, armNames } from "./arms.ts";
import { HORIZON_MS, type Verdict } from "./verdict.ts";

export interface Proved extends Verdict {
  readonly seed: number;
  /** Lessons that were verified before anything was compared, of so many kinds of failure. */
  readonly lessons: number;
  readonly kindsOfFailure: number;
  readonly wallMs: number;
  readonly folder?: string;
}

const memories: Readonly<Record<ArmName, string>> = {
  off: "memory off",
  on: "memory on",
  shuffled: "lessons shuffled",
};

/** The verdict first, then what it rests on. */
export function sayProved(said: Proved, paint: Paint): string {
  const head = details(
    [
      ["verdict", said.proven ? "proven: the memory helps" : "NOT proven", said.proven ? "green" : "red"],
      ["failures", `${said.runs.on.n} of ${said.kindsOfFailure} kinds, the same in every run`],
      ["left out", said.leftOut === 0 ? undefined : `${said.leftOut} whose fault did not show`],
      ["lessons", `${said.lessons} verified before`],
      ["seed", said.seed],
      ["took", sayDuration(said.wallMs)],
      ["kept", said.folder],
    ],
    paint,
  );
  return [
    head,
    section("Runs", runs(said, paint), paint),
    section("Differences, with 95 % intervals", differences(said, paint), paint),
    section("Fixed, by kind of failure", kinds(said, paint), paint),
    section("Findings", findings(said, paint), paint),
    `\n${paint("dim", method)}\n`,
  ].join("");
}

const method = [
  "Shares: Wilson 1927; their paired differences: Newcombe 1998, method 10. Times: mean up to a horizon of",
  `${sayDuration(HORIZON_MS)}, which is what a failure counts as that was not fixed; differences: paired bootstrap,`,
  "percentiles (Efron and Tibshirani 1993).",
].join("\n");

function runs({ runs: results }: Verdict, paint: Paint): string {
  const rows = armNames.map((name) => ({ name, ...results[name] }));
  return table(
    rows,
    [
      { title: "RUN", of: ({ name }) => memories[name] },
      { title: "FIXED", of: ({ fixed, n }) => `${fixed} of ${n}`, right: true },
      { title: "RATE", of: ({ rate }) => sayEstimate(rate) },
      { title: "MEDIAN OF FIXED", of: ({ medianMs }) => sayMs(medianMs), right: true },
      { title: "MEAN TIME TO FIX", of: ({ meanMs }) => sayMs(meanMs), right: true },
      { title: "ATTEMPTS", of: ({ attempts }) => attempts, right: true },
    ],
    paint,
  );
}

function differences({ differences: all }: Verdict, paint: Paint): string {
  return table(
    all,
    [
      { title: "BETWEEN", of: ({ first, second }) => `${memories[first]} − ${memories[second]}` },
      { title: "FIX RATE", of: ({ rate }) => sayPoints(rate) },
      { title: "TIME TO FIX", of: ({ timeMs }) => sayTimes(timeMs) },
    ],
    paint,
  );
}

function kinds({ kinds: all }: Verdict, paint: Paint): string {
  const columns = armNames.map((name) => ({
    title: memories[name].toUpperCase(),
    of: ({ fixed, n }: (typeof all)[number]) => `${fixed[name]} of ${n}`,
    right: true,
  }));
  return table(all, [{ title: "FAULT", of: ({ fault }) => fault }, ...columns], paint);
}

function findings({ findings: all }: Verdict, paint: Paint): string {
  return all.map(({ holds, text }) => `${holds ? paint("green", "yes") : paint("red", "no ")}  ${text}\n`).join("");
}

function sayMs(ms: number | null): string {
  return ms === null ? NO_DATA : sayDuration(Math.round(ms));
}

function sayPoints(estimate: Estimate | null): string {
  if (estimate === null) return NO_DATA;
  const { mean, low, high } = estimate;
  return `${signed(100 * mean)} points (${signed(100 * low)} to ${signed(100 * high)})`;
}

function sayTimes(estimate: Estimate | null): string {
  if (estimate === null) return NO_DATA;
  const seconds = (ms: number) => signed(ms / 1_000, 2);
  return `${seconds(estimate.mean)} s (${seconds(estimate.low)} to ${seconds(estimate.high)})`;
}

function signed(value: number, digits = 0): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}
