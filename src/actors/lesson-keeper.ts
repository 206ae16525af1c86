import type { FailureBook, FailureRecord } from "../domain/failure-book.ts";
import { isTrusted } from "../domain/lesson.ts";
import { lessonText, titleOf } from "../domain/lesson-text.ts";
import { adviceIn, type WrittenAdvice } from "../domain/written-advice.ts";
import type { EventBus } from "../events/bus.ts";
import { type AnyEvent, type EventOf, is } from "../events/envelope.ts";
import { messageOf } from "../kernel/errors.ts";
import { canonical, type Hash } from "../kernel/hash.ts";
import type { Log } from "../kernel/log.ts";
import type { ItemInput } from "../memory/item.ts";
import type { MemoryPalace } from "../memory/palace.ts";
import type { Insist } from "./insist.ts";
import type { KnowledgeGraph } from "./knowledge-graph.ts";
import type { ImprovementRow } from "./views/evolution.ts";
import type { FailureRow } from "./views/failures.ts";

export interface LessonKeeperDeps {
  readonly bus: EventBus;
  readonly insist: Insist;
  readonly palace: MemoryPalace;
  readonly hash: Hash;
  readonly log: Log;
  readonly graph: Pick<KnowledgeGraph, "tieLesson">;
  readonly book: () => FailureBook;
  /** Hash of what the memory was last given of a lesson, as the journal says. */
  readonly stored: (lessonId: string) => string | undefined;
  /** Whether somebody had it forgotten. */
  readonly forgotten: (lessonId: string) => boolean;
  /** A failure as its events tell of it. */
  readonly failure: (fingerprint: string) => FailureRow | undefined;
  readonly improvements: {
    get(id: string): ImprovementRow | undefined;
    keptFor(fingerprints: readonly string[]): readonly string[];
  };
}

/** What a lesson's text follows. */
const FOLLOWED = ["lesson.*", "evolution.kept", "evolution.rolled_back"];

const SHARED = { space: "shared" } as const;

/**
 * Keeps the text of lessons in the memory, in step with what the journal says of them. The text is masked: lessons are
 * shared, raw failures are not. Storing is idempotent, so whatever a crash left out is stored, and told to the journal, at
 * the next start.
 */
export class LessonKeeper {
  readonly #deps: LessonKeeperDeps;
  #work: Promise<void> = Promise.resolve();

  constructor(deps: LessonKeeperDeps) {
    this.#deps = deps;
  }

  /** Brings every lesson up to date, then follows the journal. */
  start(): Disposable {
    for (const record of this.#deps.book().values()) if (record.lesson !== undefined) this.#keep(record);
    return this.#deps.bus.subscribe({ topic: FOLLOWED }, (event) => this.#follow(event), { name: "lesson-keeper" });
  }

  /** Resolves when all that was heard is stored. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** Keeps with a lesson what a model wrote for it; false where there is no such lesson any more, or it was forgotten. */
  advise(lessonId: string, advice: WrittenAdvice): Promise<boolean> {
    const advised = this.#work.then(async () => {
      const record = [...this.#deps.book().values()].find(({ lesson }) => lesson?.id === lessonId);
      if (record === undefined || this.#deps.forgotten(lessonId)) return false;
      await this.#store(record, undefined, advice);
      return true;
    });
    this.#work = advised.then(() => undefined).catch(() => undefined);
    return advised;
  }

  #follow(event: AnyEvent): void {
    if (is(event, "evolution.kept") || is(event, "evolution.rolled_back")) this.#change(event);
    if (
      !is(event, "lesson.drafted") &&
      !is(event, "lesson.rekeyed") &&
      !is(event, "lesson.credited") &&
      !is(event, "lesson.remedied") &&
      !is(event, "lesson.promoted") &&
      !is(event, "lesson.demoted")
    )
      return;
    if (is(event, "lesson.rekeyed") && event.data.taken !== undefined) this.#drop(event.data.taken, event);
    const record = this.#deps.book().get(event.data.fingerprint);
    if (record?.lesson !== undefined) this.#keep(record, event);
  }

  /** What was changed of an agent because of a failure helps with it, or does so no longer. */
  #change(event: EventOf<"evolution.kept" | "evolution.rolled_back">): void {
    const { book, failure, improvements } = this.#deps;
    const about = improvements.get(event.data.improvementId)?.proposal.fingerprint ?? "";
    const record = book().get(failure(about)?.fingerprint ?? about);
    if (record?.lesson !== undefined) this.#keep(record, event);
  }

  #keep(record: FailureRecord, cause?: AnyEvent): void {
    this.#work = this.#work
      .then(() => this.#store(record, cause))
      .catch((failure: unknown) => {
        this.#deps.log.error("a lesson could not be stored", {
          lesson: record.lesson?.id,
          failure: messageOf(failure),
        });
      });
  }

  /** The text of a lesson that another one has taken in. */
  #drop(key: string, cause: AnyEvent): void {
    const { palace, insist, log } = this.#deps;
    this.#work = this.#work
      .then(async () => {
        if (!(await palace.forget(key, SHARED))) return;
        const data = { key, space: SHARED.space, by: "engine" };
        await insist(() => ({ type: "memory.forgotten", cause, subject: `memory/${key}`, data }));
      })
      .catch((failure: unknown) => log.error("a lesson could not be dropped", { key, failure: messageOf(failure) }));
  }

  async #store(record: FailureRecord, cause: AnyEvent | undefined, written?: WrittenAdvice): Promise<void> {
    const { lesson } = record;
    if (lesson === undefined || this.#deps.forgotten(lesson.id)) return;
    const { palace, insist, stored } = this.#deps;
    const advice = written ?? adviceIn((await palace.get(lesson.id, SHARED))?.data);
    const input = lessonItem(record, this.#deps, advice);
    const hash = this.#deps.hash.sha256(canonical(input));
    const { effect } = await palace.store(lesson.id, input, SHARED);
    // Unchanged and not told: the engine before ended between the two.
    if (effect !== "unchanged" || stored(lesson.id) !== hash) {
      const about = cause === undefined ? {} : { cause };
      await insist(() => ({
        type: "memory.stored",
        ...about,
        subject: `lesson/${lesson.id}`,
        data: { key: lesson.id, space: SHARED.space, kind: "lesson", hash },
      }));
    }
    if (lesson.remedy !== undefined) await this.#tie(lesson.id, lesson.remedy);
    const fixed = cause !== undefined && is(cause, "lesson.credited") && cause.data.verdict === "fixed";
    await this.#deps.graph.tieLesson(record, fixed ? cause.data.runId : undefined);
  }

  /** One link says what fixes it: drawn where it is missing, also by a crash, and taken from what was its remedy before. */
  async #tie(lessonId: string, remedy: string): Promise<void> {
    const { palace } = this.#deps;
    const key = `playbook-${remedy}`;
    const tied = await palace.neighbours(lessonId, { relations: ["fixes"], ...SHARED });
    for (const { item } of tied)
      if (item.key !== key) await palace.unlink(item.key, lessonId, { relation: "fixes", ...SHARED });
    if (tied.some(({ item }) => item.key === key)) return;
    await palace.store(key, { content: `Playbook ${remedy}`, title: remedy, kind: "playbook" }, SHARED);
    await palace.link(key, lessonId, { relation: "fixes", ...SHARED });
  }
}

/** The lesson as a memory item. */
function lessonItem(
  { lesson, template, tasks, fingerprint }: FailureRecord,
  { failure, improvements }: Pick<LessonKeeperDeps, "failure" | "improvements">,
  advice: WrittenAdvice | undefined,
): ItemInput {
  const standing = lesson?.standing;
  const remedy = lesson?.remedy;
  const row = failure(fingerprint);
  const often = row?.places?.toSorted((one, other) => other.count - one.count)[0];
  const content = lessonText({
    template,
    tasks,
    ...(row === undefined ? {} : { reason: row.lastReason }),
    codes: row?.codes ?? {},
    frames: often?.frames ?? [],
    agents: row?.agents.length ?? 0,
    ...(remedy === undefined || standing === undefined
      ? {}
      : { remedy: { playbook: remedy, trusted: isTrusted(standing) } }),
    changes: improvements.keptFor([fingerprint, ...(row?.aliases ?? [])]),
    fixes: standing?.fixes ?? 0,
    failures: standing?.failures ?? 0,
  });
  return {
    title: titleOf(template),
    content,
    category: "failure",
    kind: "lesson",
    fingerprint,
    polarity: "do",
    ...(standing === undefined
      ? {}
      : { level: standing.level, outcomes: { fixes: standing.fixes, failures: standing.failures } }),
    ...(remedy === undefined && advice === undefined
      ? {}
      : {
          data: {
            ...(remedy === undefined ? {} : { remedy: { playbook: remedy } }),
            ...(advice === undefined ? {} : { advice: { ...advice } }),
          },
        }),
  };
}
