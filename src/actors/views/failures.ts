import { FAILURES } from "../../domain/failure-book.ts";
import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent, EventOf } from "../../events/envelope.ts";
import type { LessonLevel } from "../../events/vocabulary.ts";
import type { Snapshot } from "../../kernel/checkpointed.ts";
import { row, text } from "../../kernel/shape.ts";
import { Newest } from "./newest.ts";
import type { View } from "./view.ts";

/** The same failure, wherever it struck. */
export interface FailureRow {
  readonly fingerprint: string;
  /** The message with its values masked: never raw text. */
  readonly template: string;
  readonly ruleVersion: number;
  /** Distinct tasks it struck. */
  readonly tasks: number;
  readonly attempts: number;
  readonly agents: readonly string[];
  /** What stood beside the message, each with its count. */
  readonly codes: Readonly<Record<string, number>>;
  /** Where in the program it struck, as far as traces said. */
  readonly places?: readonly FailurePlace[];
  /** Fingerprints that it had before, oldest first. */
  readonly aliases?: readonly string[];
  readonly lastTask: string;
  readonly lastReason: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly lesson?: string | undefined;
  readonly level?: LessonLevel | undefined;
  readonly remedy?: string | undefined;
}

export interface FailurePlace {
  readonly place: string;
  /** Own frames, `file#function`, nearest first. */
  readonly frames: readonly string[];
  readonly count: number;
}

/** Wordings, and failures with their counts. */
export interface Forgotten {
  readonly messages: number;
  readonly failures: number;
}

const noneForgotten: Forgotten = { messages: 0, failures: 0 };

const AGENTS_KEPT = 100;
const PLACES_KEPT = 20;
const ALIASES_KEPT = 100;
const CODES_KEPT = 50;

/** What a lesson is handed on about. */
export type TaughtFailure = FailureRow & { readonly lesson: string };

/** Failures by fingerprint; those that struck longest ago are forgotten first. */
export class FailuresView implements View {
  readonly name = "failures";
  readonly version = 1;
  readonly #rows: Newest<FailureRow>;
  /** By the fingerprint that they had before. */
  readonly #former: Newest<string>;
  /** Oldest first, as among all; found anew when it is asked for after a failure of before got its lesson. */
  #taught: Map<string, TaughtFailure> | undefined;
  #forgotten = noneForgotten;
  readonly apply: (event: AnyEvent) => void;

  constructor(capacity = FAILURES) {
    this.#rows = new Newest({ capacity }, (fingerprint) => this.#taught?.delete(fingerprint));
    this.#former = new Newest({ capacity: 4 * capacity });
    this.apply = dispatcher({
      "failure.observed": (event) => this.#observed(event),
      "failure.aliased": (event) => this.#aliased(event),
      "failure.forgotten": ({ data: { what, count } }) => {
        this.#forgotten = { ...this.#forgotten, [what]: this.#forgotten[what] + count };
      },
      "lesson.drafted": ({ data }) => this.#change(data.fingerprint, { lesson: data.lessonId, level: "draft" }),
      "lesson.rekeyed": ({ data }) =>
        this.#change(data.fingerprint, { lesson: data.lessonId, level: data.level, remedy: data.remedy }),
      "lesson.remedied": ({ data }) => this.#change(data.fingerprint, { remedy: data.playbookId }),
      "lesson.promoted": ({ data }) => this.#change(data.fingerprint, { lesson: data.lessonId, level: data.to }),
      "lesson.demoted": ({ data }) => this.#change(data.fingerprint, { lesson: data.lessonId, level: data.to }),
    });
  }

  snapshot(): Snapshot {
    return { rows: this.#rows.snapshot(), former: this.#former.snapshot(), forgotten: this.#forgotten };
  }

  restore(value: unknown): void {
    const read = row<{ readonly rows: unknown; readonly former?: unknown; readonly forgotten?: Forgotten }>();
    const { rows, former, forgotten } = read(value, this.name);
    // A checkpoint of an engine that did not count them has none.
    this.#forgotten = forgotten ?? noneForgotten;
    this.#taught = undefined;
    this.#rows.restore(rows, row<FailureRow>(), `${this.name}.rows`);
    // A checkpoint of an engine that recognised each message by itself has none.
    this.#former.restore(former ?? new Newest({ capacity: 1 }).snapshot(), text, `${this.name}.former`);
  }

  /** By the fingerprint that it has or had. */
  get(fingerprint: string): FailureRow | undefined {
    return this.#rows.get(this.#now(fingerprint));
  }

  /** The one that struck last comes first. */
  list(): readonly FailureRow[] {
    return this.#rows.list();
  }

  /** Those with a lesson that was not disproved, in the order of `list`. */
  taught(): readonly TaughtFailure[] {
    this.#taught ??= new Map([...this.#rows.values()].filter(isTaught).map((one) => [one.fingerprint, one]));
    return [...this.#taught.values()].reverse();
  }

  /** What was ever forgotten because there was more than is remembered. */
  get forgotten(): Forgotten {
    return this.#forgotten;
  }

  #observed({ data, at }: EventOf<"failure.observed">): void {
    const { agentId } = data;
    const fingerprint = this.#now(data.fingerprint);
    const before = this.#rows.get(fingerprint);
    const agents = before?.agents ?? [];
    this.#putLast({
      fingerprint,
      template: data.template,
      ruleVersion: data.ruleVersion,
      tasks: Math.max(data.tasks, before?.tasks ?? 0),
      attempts: (before?.attempts ?? 0) + 1,
      agents: agents.includes(agentId) || agents.length >= AGENTS_KEPT ? agents : [...agents, agentId],
      codes: counted(before?.codes ?? {}, codeOf(data)),
      places: struckAt(before?.places ?? [], data),
      aliases: before?.aliases ?? [],
      lastTask: data.taskId,
      lastReason: data.reason,
      firstAtMs: before?.firstAtMs ?? at,
      lastAtMs: at,
      lesson: data.lessonId ?? before?.lesson,
      level: data.level ?? before?.level,
      remedy: data.remedy ?? before?.remedy,
    });
  }

  #now(fingerprint: string): string {
    let now = fingerprint;
    for (let next = this.#former.get(now); next !== undefined; next = this.#former.get(now)) now = next;
    return now;
  }

  #aliased({ data: { from, to, template, tasks, ruleVersion } }: EventOf<"failure.aliased">): void {
    const [one, other] = [this.#rows.get(from), this.#rows.get(to)];
    this.#former.delete(to);
    this.#former.set(from, to);
    if (one === undefined) return;
    this.#rows.delete(from);
    this.#taught?.delete(from);
    this.#putLast({
      ...united(one, other),
      fingerprint: to,
      template,
      ruleVersion,
      tasks: Math.max(tasks, other?.tasks ?? 0),
    });
  }

  #change(fingerprint: string, change: Partial<FailureRow>): void {
    const before = this.#rows.get(this.#now(fingerprint));
    if (before === undefined) return;
    const after = { ...before, ...change };
    this.#rows.set(after.fingerprint, after);
    if (!isTaught(after)) this.#taught?.delete(after.fingerprint);
    else if (isTaught(before)) this.#taught?.set(after.fingerprint, after);
    else this.#taught = undefined;
  }

  /** Taken out and put back, so that it counts as new. */
  #putLast(after: FailureRow): void {
    const { fingerprint } = after;
    this.#rows.delete(fingerprint);
    this.#taught?.delete(fingerprint);
    this.#rows.set(fingerprint, after);
    if (isTaught(after)) this.#taught?.set(fingerprint, after);
  }
}

function isTaught(failure: FailureRow): failure is TaughtFailure {
  return failure.lesson !== undefined && failure.level !== "retired";
}

function united(one: FailureRow, other: FailureRow | undefined): FailureRow {
  const aliases = [...(other?.aliases ?? []), ...(one.aliases ?? []), one.fingerprint].slice(-ALIASES_KEPT);
  if (other === undefined) return { ...one, aliases };
  const last = one.lastAtMs > other.lastAtMs ? one : other;
  const codes = { ...other.codes };
  for (const [code, count] of Object.entries(one.codes)) {
    const known = Object.hasOwn(codes, code);
    if (known || Object.keys(codes).length < CODES_KEPT) codes[code] = (known ? (codes[code] ?? 0) : 0) + count;
  }
  return {
    ...other,
    attempts: one.attempts + other.attempts,
    agents: [...new Set([...other.agents, ...one.agents])].slice(0, AGENTS_KEPT),
    codes,
    places: (one.places ?? []).reduce((all, place) => added(all, place), other.places ?? []),
    aliases,
    lastTask: last.lastTask,
    lastReason: last.lastReason,
    firstAtMs: Math.min(one.firstAtMs, other.firstAtMs),
    lastAtMs: last.lastAtMs,
    lesson: other.lesson ?? one.lesson,
    level: other.level ?? one.level,
    remedy: other.remedy ?? one.remedy,
  };
}

function struckAt(
  places: readonly FailurePlace[],
  { place, frames }: EventOf<"failure.observed">["data"],
): readonly FailurePlace[] {
  return place === undefined || frames === undefined ? places : added(places, { place, frames, count: 1 });
}

/** A place of one group may have another id within another: the frames tell it. */
function added(places: readonly FailurePlace[], one: FailurePlace): readonly FailurePlace[] {
  const key = one.frames.join("\n");
  const at = places.findIndex(({ frames }) => frames.join("\n") === key);
  const before = places[at];
  if (before !== undefined) return places.with(at, { ...before, count: before.count + one.count });
  return places.length >= PLACES_KEPT ? places : [...places, one];
}

function codeOf({ code, status, exitCode }: EventOf<"failure.observed">["data"]): string | undefined {
  if (code !== undefined) return code;
  if (status !== undefined) return `status ${status}`;
  return exitCode === undefined ? undefined : `exit ${exitCode}`;
}

function counted(codes: Readonly<Record<string, number>>, code: string | undefined): Readonly<Record<string, number>> {
  if (code === undefined) return codes;
  const known = Object.hasOwn(codes, code);
  if (!known && Object.keys(codes).length >= CODES_KEPT) return codes;
  return { ...codes, [code]: (known ? (codes[code] ?? 0) : 0) + 1 };
}
