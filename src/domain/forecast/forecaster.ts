import type { BreakerState } from "../../events/vocabulary.ts";
import { type AgentPast, baseRate, pastAfter, type Signal, signals, signalsOf, unknownPast } from "./agent-past.ts";
import { judged, proofOf, type Skill, unjudged } from "./skill.ts";
import { forecastOf, learned, noWeights, type Weights } from "./weights.ts";

/** What was forecast of a task when it began. */
export interface Made {
  readonly agentId: string;
  readonly base: number;
  readonly forecast: number;
  readonly signals: readonly number[];
}

export interface Forecast {
  readonly agentId: string;
  /** How likely its next task is to fail. */
  readonly failing: number;
  readonly base: number;
  /** What makes it likelier than the base rate, the weightiest first. */
  readonly because: readonly Signal[];
  readonly past: AgentPast;
}

/** Everything that is remembered for it. */
export interface ForecasterState {
  readonly pasts: readonly (readonly [string, AgentPast])[];
  readonly made: readonly (readonly [string, Made])[];
  readonly outcomes: number;
  readonly failures: number;
  readonly weights: Weights;
  readonly skill: Skill;
}

/** A forecast speaks of what comes soon: after so long without an outcome nothing is said of an agent. */
export const HOLDS_MS = 600_000;

/**
 * Which agent is likely to fail next.
 *
 * Invariants:
 *  1. What is forecast of a task is made of what ended before it began, and is judged, then learned from, when it ends.
 *  2. Fed the same outcomes it stands where it stood.
 */
export class Forecaster {
  readonly #pasts = new Map<string, AgentPast>();
  readonly #made = new Map<string, Made>();
  #outcomes = 0;
  #failures = 0;
  #weights = noWeights(signals.length);
  #skill = unjudged;

  /** A task was begun. */
  begin(taskId: string, agentId: string, nowMs: number): void {
    if (this.#made.has(taskId)) return;
    const past = this.#pasts.get(agentId) ?? unknownPast;
    const base = baseRate(past, this.#overall);
    const read = signalsOf(past, base, nowMs);
    this.#made.set(taskId, { agentId, base, forecast: forecastOf(this.#weights, base, read), signals: read });
  }

  /** It ended for good; a task that ends again later counts no more. */
  end(taskId: string, failed: boolean, atMs: number): void {
    const made = this.#made.get(taskId);
    if (made === undefined) return;
    this.#made.delete(taskId);
    const { agentId, base, forecast, signals: read } = made;
    this.#skill = judged(this.#skill, forecast, base, failed);
    this.#weights = learned(this.#weights, base, read, failed);
    this.#pasts.set(agentId, pastAfter(this.#pasts.get(agentId) ?? unknownPast, failed, atMs, this.#overall));
    this.#outcomes++;
    this.#failures += Number(failed);
  }

  /** It ended in a way that says nothing about its agent. */
  drop(taskId: string): void {
    this.#made.delete(taskId);
  }

  breaker(agentId: string, breaker: BreakerState): void {
    const past = this.#pasts.get(agentId);
    if (past !== undefined && past.breaker !== breaker) this.#pasts.set(agentId, { ...past, breaker });
  }

  forget(agentId: string): void {
    this.#pasts.delete(agentId);
  }

  get skill(): Skill {
    return this.#skill;
  }

  get isProven(): boolean {
    return proofOf(this.#skill) === "proven";
  }

  /** `undefined` of an agent of which nothing ended lately. */
  of(agentId: string, nowMs: number): Forecast | undefined {
    const past = this.#pasts.get(agentId);
    if (past === undefined || past.outcomes === 0 || nowMs - past.lastAtMs > HOLDS_MS) return undefined;
    const base = baseRate(past, this.#overall);
    const read = signalsOf(past, base, nowMs);
    return {
      agentId,
      failing: forecastOf(this.#weights, base, read),
      base,
      because: this.#because(read),
      past,
    };
  }

  /** The likeliest to fail first. */
  all(nowMs: number): readonly Forecast[] {
    return [...this.#pasts.keys()]
      .flatMap((agentId) => this.of(agentId, nowMs) ?? [])
      .sort((a, b) => b.failing - a.failing || (a.agentId < b.agentId ? -1 : 1));
  }

  get state(): ForecasterState {
    return {
      pasts: [...this.#pasts],
      made: [...this.#made],
      outcomes: this.#outcomes,
      failures: this.#failures,
      weights: this.#weights,
      skill: this.#skill,
    };
  }

  restore({ pasts, made, outcomes, failures, weights, skill }: ForecasterState): void {
    this.#pasts.clear();
    this.#made.clear();
    for (const [id, past] of pasts) this.#pasts.set(id, past);
    for (const [id, one] of made) this.#made.set(id, one);
    this.#outcomes = outcomes;
    this.#failures = failures;
    this.#weights = weights;
    this.#skill = skill;
  }

  /** How often all fail; without an outcome as often as not. */
  get #overall(): number {
    return (this.#failures + 1) / (this.#outcomes + 2);
  }

  #because(read: readonly number[]): readonly Signal[] {
    return signals
      .map((name, index) => ({ name, worth: (read[index] ?? 0) * (this.#weights.value[index] ?? 0) }))
      .filter(({ worth }) => worth > 0.05)
      .sort((a, b) => b.worth - a.worth)
      .map(({ name }) => name);
  }
}
