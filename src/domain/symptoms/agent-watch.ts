import type { SymptomSettings } from "./settings.ts";

/** What is noticed of an agent over its attempts. A plain value. */
export interface AgentWatch {
  /** When its processes ended badly by themselves, oldest first. */
  readonly exits: readonly number[];
  /** A loop of crashes that is told once the attempt that met the newest is over. */
  readonly looping?: CrashLoop;
  /** The configuration under which a task last succeeded. */
  readonly goodVersion?: number;
  /** Failures in a row of one model's provider. */
  readonly failing: { readonly model: string; readonly count: number };
  /** Its model calls by model, the model that was asked last at the end. */
  readonly speeds: readonly Speed[];
}

export interface Speed {
  readonly model: string;
  /** How long the newest calls took, oldest first. */
  readonly tookMs: readonly number[];
  /** It was told to be slow and has not been well since. */
  readonly slow: boolean;
}

export interface CrashLoop {
  readonly exits: number;
  readonly withinMs: number;
}

export interface Slow {
  readonly medianMs: number;
  readonly calls: number;
  readonly limitMs: number;
  readonly habitMs?: number;
}

export const unwatched: AgentWatch = { exits: [], failing: { model: "", count: 0 }, speeds: [] };

const CALLS_KEPT = 64;
const MODELS_KEPT = 8;

/** A process ended badly; so many within a time are a loop, and then are counted anew. */
export function exited(
  before: AgentWatch,
  atMs: number,
  { crashes: { exits: most, withinMs } }: Pick<SymptomSettings, "crashes">,
): AgentWatch {
  const exits = [...before.exits.filter((at) => at > atMs - withinMs), atMs];
  if (exits.length < most) return { ...before, exits };
  return { ...before, exits: [], looping: { exits: exits.length, withinMs: atMs - (exits[0] ?? atMs) } };
}

/** Its loop of crashes is told. */
export function loopTold({ exits, goodVersion, failing, speeds }: AgentWatch): AgentWatch {
  return { exits, failing, speeds, ...(goodVersion === undefined ? {} : { goodVersion }) };
}

/** A task succeeded: what was wrong is over, and its configuration works. */
export function succeeded(before: AgentWatch, configVersion: number): AgentWatch {
  return { ...loopTold(before), exits: [], failing: unwatched.failing, goodVersion: configVersion };
}

/** The provider of a model failed once more; how often in a row. */
export function providerFailed(before: AgentWatch, model: string): AgentWatch {
  const count = before.failing.model === model ? before.failing.count + 1 : 1;
  return { ...before, failing: { model, count } };
}

/** A model call took so long. Of a few slow ones nothing is concluded. */
export function timed(
  before: AgentWatch,
  model: string,
  tookMs: number,
  { slow }: Pick<SymptomSettings, "slow">,
): { readonly watch: AgentWatch; readonly symptom?: Slow } {
  const known = before.speeds.find((one) => one.model === model);
  const all = [...(known?.tookMs ?? []), tookMs].slice(-CALLS_KEPT);
  const verdict = judge(all, slow);
  const speed = { model, tookMs: all, slow: verdict !== undefined };
  const speeds = [...before.speeds.filter((one) => one.model !== model), speed].slice(-MODELS_KEPT);
  const watch = { ...before, speeds };
  return verdict === undefined || known?.slow === true ? { watch } : { watch, symptom: verdict };
}

/** The median of the newest calls of a model, where there are so many. */
export function speedOf(watch: AgentWatch, model: string, calls: number): number | undefined {
  const newest = watch.speeds.find((one) => one.model === model)?.tookMs.slice(-calls) ?? [];
  return newest.length < calls ? undefined : medianOf(newest);
}

function judge(all: readonly number[], slow: SymptomSettings["slow"]): Slow | undefined {
  if (all.length < slow.calls) return undefined;
  const newest = all.slice(-slow.calls);
  const before = all.slice(0, -slow.calls);
  const medianMs = medianOf(newest);
  const habitMs = before.length >= slow.habit ? medianOf(before) : undefined;
  const limits = [slow.budgetMs, habitMs === undefined ? undefined : Math.max(slow.leastMs, habitMs * slow.factor)];
  const limitMs = Math.min(...limits.map((limit) => limit ?? Number.POSITIVE_INFINITY));
  if (medianMs <= limitMs) return undefined;
  return { medianMs, calls: newest.length, limitMs, ...(habitMs === undefined ? {} : { habitMs }) };
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
