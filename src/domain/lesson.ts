import { z } from "zod";
import { lessonLevel } from "../events/vocabulary.ts";

/** So many distinct tasks with one fingerprint begin a lesson. */
export const TASKS_TO_DRAFT = 3;
/** So many verified fixes, and at least this confidence, harden a lesson. */
export const FIXES_TO_HARDEN = 5;
export const CONFIDENCE_TO_HARDEN = 0.8;
/** So many failures among so many of the latest outcomes, and a lesson must be verified anew. */
const FAILURES_TO_FALL = 2;
const LATEST = 5;
/** After so many outcomes, a lesson whose confidence is below this has been disproved. */
const OUTCOMES_TO_RETIRE = 5;
const CONFIDENCE_TO_RETIRE = 0.4;
/** Distinct targets are remembered by name up to here; the fixes beyond still count. */
const MOST_TARGETS = 100;

/** How far a lesson has proved itself, from verified outcomes alone. */
export const lessonStanding = z.object({
  level: lessonLevel,
  /** Verified fixes that held. */
  fixes: z.number().int().nonnegative(),
  /** Runs of the remedy that did not fix, or whose fix did not hold. */
  failures: z.number().int().nonnegative(),
  /** The latest outcomes, oldest first: whether the remedy fixed, and the fix held. */
  recent: z.array(z.boolean()).max(LATEST),
  /** Fixes that held, by target key. */
  targets: z.record(z.string(), z.number().int().positive()),
});
export type LessonStanding = z.infer<typeof lessonStanding>;

/** A settled run of a lesson's remedy. `relapsed` takes back an earlier `fixed` of the same run. */
export interface LessonOutcome {
  readonly verdict: "fixed" | "not_fixed" | "relapsed";
  /** Key of the target the run worked on. */
  readonly target: string;
}

export interface LessonChange {
  readonly kind: "promoted" | "demoted";
  readonly from: LessonStanding["level"];
  readonly to: LessonStanding["level"];
  /** In words, for the event and the screen. */
  readonly why: string;
}

export interface LessonDecision {
  readonly state: LessonStanding;
  readonly change?: LessonChange;
}

export const draftLesson: LessonStanding = { level: "draft", fixes: 0, failures: 0, recent: [], targets: {} };

/** Whether the same failure has struck often enough to begin a lesson. Attempts of one task count once. */
export function isDraftDue(taskIds: Iterable<string>): boolean {
  return new Set(taskIds).size >= TASKS_TO_DRAFT;
}

/**
 * Mean of the Beta posterior from a uniform prior, one half before the first outcome: the rule of succession (Laplace, Essai
 * philosophique sur les probabilités, 1814; Gelman et al., Bayesian Data Analysis, 3rd edition, 2013, chapter 2).
 */
export function lessonConfidence({ fixes, failures }: Pick<LessonStanding, "fixes" | "failures">): number {
  return (fixes + 1) / (fixes + failures + 2);
}

/** On how many distinct targets the remedy was seen to hold. */
export function provenTargets(state: LessonStanding): number {
  return Object.keys(state.targets).length;
}

/** Whether the lesson's playbook may be triggered by the failure's fingerprint alone. */
export function isTrusted(state: Pick<LessonStanding, "level">): boolean {
  return state.level === "verified" || state.level === "hardened";
}

/**
 * What a settled run makes of a lesson. A level is climbed on verified fixes only. `hardened` is lost with its confidence,
 * `verified` by two failures among the last five outcomes or with the last fix that held, and a lesson that its outcomes
 * have disproved is retired for good.
 */
export function decideLesson(state: LessonStanding, outcome: LessonOutcome): LessonDecision {
  const counted = count(state, outcome);
  const level = outcome.verdict === "fixed" ? climbed(counted) : fallen(counted);
  if (level === state.level) return { state: counted };
  const kind = outcome.verdict === "fixed" ? "promoted" : "demoted";
  return {
    state: { ...counted, level },
    change: { kind, from: state.level, to: level, why: explain(counted, outcome) },
  };
}

/** The standing with the level that its outcomes bear, never a higher one than it has. */
export function decideLevel(state: LessonStanding): LessonStanding {
  return { ...state, level: fallen(state) };
}

function count(state: LessonStanding, { verdict, target }: LessonOutcome): LessonStanding {
  if (verdict === "not_fixed") return { ...state, failures: state.failures + 1, recent: latest(state.recent, false) };
  const held = Object.hasOwn(state.targets, target) ? (state.targets[target] ?? 0) : 0;
  const { [target]: _, ...others } = state.targets;
  if (verdict === "relapsed") {
    const targets = held > 1 ? { ...others, [target]: held - 1 } : others;
    const recent = turnedRound(state.recent);
    return { ...state, fixes: Math.max(0, state.fixes - 1), failures: state.failures + 1, recent, targets };
  }
  const targets =
    held > 0 || Object.keys(others).length < MOST_TARGETS ? { ...others, [target]: held + 1 } : state.targets;
  return { ...state, fixes: state.fixes + 1, recent: latest(state.recent, true), targets };
}

function latest(recent: readonly boolean[], fixed: boolean): boolean[] {
  return [...recent, fixed].slice(-LATEST);
}

/** The latest fix was none. */
function turnedRound(recent: readonly boolean[]): boolean[] {
  const at = recent.lastIndexOf(true);
  return at === -1 ? latest(recent, false) : recent.map((fixed, index) => fixed && index !== at);
}

function climbed(state: LessonStanding): LessonStanding["level"] {
  if (state.level === "draft") return "verified";
  if (state.level !== "verified") return state.level;
  return state.fixes >= FIXES_TO_HARDEN && lessonConfidence(state) >= CONFIDENCE_TO_HARDEN ? "hardened" : "verified";
}

function fallen(state: LessonStanding): LessonStanding["level"] {
  const outcomes = state.fixes + state.failures;
  const confidence = lessonConfidence(state);
  if (outcomes >= OUTCOMES_TO_RETIRE && confidence < CONFIDENCE_TO_RETIRE) return "retired";
  if (!isTrusted(state)) return state.level;
  const failed = state.recent.filter((fixed) => !fixed).length;
  if (state.fixes === 0 || failed >= FAILURES_TO_FALL) return "draft";
  return state.level === "hardened" && confidence < CONFIDENCE_TO_HARDEN ? "verified" : state.level;
}

function explain(state: LessonStanding, { verdict }: LessonOutcome): string {
  const said = { fixed: "a verified fix", not_fixed: "a run that did not fix", relapsed: "a fix that did not hold" }[
    verdict
  ];
  const targets = provenTargets(state);
  return `${said}: ${String(state.fixes)} fixed on ${String(targets)} ${targets === 1 ? "target" : "targets"}, ${String(state.failures)} failed, confidence ${lessonConfidence(state).toFixed(2)}`;
}
