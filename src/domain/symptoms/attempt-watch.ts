import type { SymptomSettings } from "./settings.ts";

/** What is noticed of one attempt while it runs. A plain value: keep it, hand it back with what comes next. */
export interface AttemptWatch {
  readonly agentId: string;
  readonly attempt: number;
  readonly configVersion: number;
  /** When it last reported; absent until it has: nothing is concluded from the silence of a program that never speaks. */
  readonly heardAtMs?: number;
  /** The newest tool calls, oldest first. */
  readonly calls: readonly string[];
  readonly lines: { readonly sinceMs: number; readonly count: number };
  /** Symptoms that were told of it: each is told once. */
  readonly told: readonly ("repeating" | "stalled" | "flooding")[];
}

export interface Noticed<S> {
  readonly watch: AttemptWatch;
  readonly symptom?: S;
}

export function watchAttempt(agentId: string, attempt: number, configVersion: number): AttemptWatch {
  return { agentId, attempt, configVersion, calls: [], lines: { sinceMs: 0, count: 0 }, told: [] };
}

/** It said something: progress, usage, a tool call. */
export function heard(watch: AttemptWatch, atMs: number): AttemptWatch {
  return { ...watch, heardAtMs: atMs };
}

/** A tool call; the same one too often among the newest is a loop. */
export function called(
  before: AttemptWatch,
  call: string,
  { repeats: { times, within } }: Pick<SymptomSettings, "repeats">,
): Noticed<{ readonly times: number; readonly within: number }> {
  const watch = { ...before, calls: [...before.calls, call].slice(-within) };
  const count = watch.calls.filter((one) => one === call).length;
  if (count < times || watch.told.includes("repeating")) return { watch };
  return { watch: { ...watch, told: [...watch.told, "repeating"] }, symptom: { times: count, within } };
}

/** A line of its log; too many within a time are a flood. */
export function wrote(
  before: AttemptWatch,
  atMs: number,
  { flood: { lines, withinMs } }: Pick<SymptomSettings, "flood">,
): Noticed<{ readonly lines: number; readonly withinMs: number }> {
  const fresh = atMs - before.lines.sinceMs >= withinMs;
  const counted = fresh ? { sinceMs: atMs, count: 1 } : { ...before.lines, count: before.lines.count + 1 };
  const watch = { ...before, lines: counted };
  if (counted.count < lines || watch.told.includes("flooding")) return { watch };
  return {
    watch: { ...watch, told: [...watch.told, "flooding"] },
    symptom: { lines: counted.count, withinMs: Math.max(1, atMs - counted.sinceMs) },
  };
}

/** The time is over by which it should have spoken again; `again` is when to look next, where it has. */
export function looked(
  before: AttemptWatch,
  atMs: number,
  { stallMs }: Pick<SymptomSettings, "stallMs">,
): Noticed<{ readonly silentMs: number }> & { readonly again?: number } {
  const silentMs = atMs - (before.heardAtMs ?? atMs);
  if (silentMs < stallMs) return { watch: before, again: atMs - silentMs + stallMs };
  if (before.told.includes("stalled")) return { watch: before };
  return { watch: { ...before, told: [...before.told, "stalled"] }, symptom: { silentMs } };
}
