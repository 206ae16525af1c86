import type { EventBus } from "../events/bus.ts";
import type { Cause } from "../events/envelope.ts";
import { is } from "../events/envelope.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Hash } from "../kernel/hash.ts";
import type { Log } from "../kernel/log.ts";
import type { AdviceModel, FailureSketch } from "./advice-model.ts";
import type { Insist } from "./insist.ts";
import type { LessonKeeper } from "./lesson-keeper.ts";
import type { FailureRow } from "./views/failures.ts";
import type { LessonRow } from "./views/lessons.ts";

export interface LessonWriterDeps {
  readonly bus: EventBus;
  readonly insist: Insist;
  readonly hash: Hash;
  readonly log: Log;
  readonly keeper: Pick<LessonKeeper, "advise">;
  readonly model: AdviceModel;
  readonly lessons: { list(): readonly LessonRow[]; get(id: string): LessonRow | undefined };
  readonly failure: (fingerprint: string) => FailureRow | undefined;
  /** Aborts when the engine stops. */
  readonly signal: AbortSignal;
}

/** So many drafts wait for a model at most; those beyond are asked about after the next start. */
const MOST_WAITING = 100;
const MOST_CODES = 5;
/** A code is a word; anything else may be a text. */
const CODE = /^[\w.-]{1,40}$/;

/**
 * Has a language model write advice for lessons that are drafts, one after the other, beside everything else. What it
 * writes is text of the lesson's memory item: no standing, remedy, grant or action follows from it. Each lesson is asked
 * about once: that it was answered, or not, is journaled.
 */
export class LessonWriter {
  readonly #deps: LessonWriterDeps;
  readonly #waiting = new Set<string>();
  #work: Promise<void> = Promise.resolve();

  constructor(deps: LessonWriterDeps) {
    this.#deps = deps;
  }

  /** Asks about the drafts that nobody was asked about, then follows the journal. */
  start(): Disposable {
    const { lessons, bus } = this.#deps;
    for (const { id } of lessons.list()) this.#ask(id, undefined);
    return bus.subscribe(
      { topic: "lesson.drafted" },
      (event) => {
        if (is(event, "lesson.drafted")) this.#ask(event.data.lessonId, event);
      },
      { name: "lesson-writer" },
    );
  }

  /** Resolves when nothing is asked any more. */
  settled(): Promise<void> {
    return this.#work;
  }

  #ask(lessonId: string, cause: Cause | undefined): void {
    const { lessons, log, signal } = this.#deps;
    const isOpen = () => {
      const row = lessons.get(lessonId);
      return row !== undefined && row.level === "draft" && row.advice === undefined;
    };
    if (!isOpen() || this.#waiting.has(lessonId) || this.#waiting.size >= MOST_WAITING) return;
    this.#waiting.add(lessonId);
    this.#work = this.#work
      .then(() => (isOpen() && !signal.aborted ? this.#write(lessonId, cause) : undefined))
      .catch((failure: unknown) => {
        if (!signal.aborted) log.warn("a lesson's advice was not written", { lessonId, failure: messageOf(failure) });
      })
      .finally(() => this.#waiting.delete(lessonId));
  }

  async #write(lessonId: string, cause: Cause | undefined): Promise<void> {
    const { model, keeper, insist, hash, lessons, failure, signal } = this.#deps;
    const fingerprint = lessons.get(lessonId)?.fingerprint ?? "";
    const row = failure(fingerprint);
    if (row === undefined) return;
    const { writtenBy } = model;
    const written = await model.write(sketchOf(row), signal);
    const kept = "advice" in written && (await keeper.advise(lessonId, written.advice));
    const from = {
      subject: `lesson/${lessonId}`,
      idempotencykey: `lesson.advice:${lessonId}`,
      ...(cause === undefined ? {} : { cause }),
    };
    if ("none" in written || !kept) {
      const reason = "none" in written ? written.none : "the lesson was forgotten meanwhile";
      await insist(() => ({ type: "lesson.unadvised", ...from, data: { lessonId, fingerprint, writtenBy, reason } }));
      return;
    }
    const digest = hash.sha256(written.advice.text);
    await insist(() => ({
      type: "lesson.advised",
      ...from,
      data: { lessonId, fingerprint, writtenBy, hash: digest },
    }));
  }
}

function sketchOf({ template, tasks, attempts, lastReason, codes }: FailureRow): FailureSketch {
  const known = Object.keys(codes).filter((code) => CODE.test(code));
  return { template, tasks, attempts, reason: lastReason, codes: known.slice(0, MOST_CODES) };
}
