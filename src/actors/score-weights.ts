import { type Terms, usualWeights, type Weights } from "../domain/score-terms.ts";
import {
  adaptedWeights,
  evidenceOf,
  explainWeights,
  type Foretold,
  foretold,
  haveMoved,
  noForetelling,
  type WeightEvidence,
} from "../domain/term-weights.ts";
import type { EventData } from "../events/catalog.ts";
import { type AnyEvent, type EventOf, is } from "../events/envelope.ts";
import type { Checkpointed, Snapshot } from "../kernel/checkpointed.ts";
import { listOf, objectOf, row } from "../kernel/shape.ts";

const state = objectOf({
  record: row<Foretold>(),
  weights: row<Weights>(),
  evidence: listOf(row<WeightEvidence>()),
});

/**
 * What the terms of the score count.
 *
 * Invariants:
 *  1. The record is a fold of the journal: how a task ended, against the terms as `score.updated` had told them before it.
 *     Only tasks that succeeded or failed for good are outcomes; what was cancelled or could not be verified moves nothing.
 *  2. The weights in force are those that `score.weights_changed` said last; switched off, they are the usual ones.
 */
export class ScoreWeights implements Checkpointed {
  readonly name = "score-weights";
  readonly version = 1;
  readonly adapting: boolean;
  #record = noForetelling;
  #weights = usualWeights;
  #evidence: readonly WeightEvidence[] = [];

  constructor(adapting: boolean) {
    this.adapting = adapting;
  }

  get current(): Weights {
    return this.adapting ? this.#weights : usualWeights;
  }

  /** Why they are not the usual ones; nothing where they are. */
  says(): readonly string[] {
    return this.adapting ? explainWeights(this.#weights, this.#evidence) : [];
  }

  /** @param terms as they were told before this event */
  apply(event: AnyEvent, terms: Terms | undefined): void {
    if (is(event, "score.weights_changed")) this.#changed(event);
    if (terms === undefined) return;
    if (is(event, "task.succeeded")) this.#record = foretold(this.#record, terms, true);
    if (is(event, "task.failed")) this.#record = foretold(this.#record, terms, false);
  }

  /** What there is to announce; undefined where the weights in force still fit. */
  news(): EventData<"score.weights_changed"> | undefined {
    if (!this.adapting) return undefined;
    const weights = adaptedWeights(this.#record);
    if (!haveMoved(this.#weights, weights)) return undefined;
    const evidence = evidenceOf(this.#record);
    return { weights, before: this.#weights, evidence: [...evidence], says: [...explainWeights(weights, evidence)] };
  }

  snapshot(): Snapshot {
    return { record: this.#record, weights: this.#weights, evidence: [...this.#evidence] };
  }

  restore(value: unknown): void {
    const { record, weights, evidence } = state(value, this.name);
    this.#record = record;
    this.#weights = weights;
    this.#evidence = evidence;
  }

  #changed({ data }: EventOf<"score.weights_changed">): void {
    this.#weights = data.weights;
    this.#evidence = data.evidence;
  }
}
