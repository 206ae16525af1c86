import type { AnyEvent } from "../../../events/envelope.ts";
import { compileTopic } from "../../../events/topic.ts";
import { anything, listOf, number, objectOf, optional, pairOf, type Shape, text } from "../../../kernel/shape.ts";
import type { Window } from "../condition-form.ts";
import { compileCondition, reader } from "../match.ts";

/** Of one window this many keys are remembered; the one that was silent longest is forgotten first. */
export const KEYS_KEPT = 10_000;
/** Of one key this many events are counted; more are said to be this many. */
export const COUNTED_MOST = 10_000;

/** An event as a window remembers it. */
interface Seen {
  readonly atMs: number;
  readonly sequence: number;
  readonly value?: unknown;
}

/** A key of a window that has been silent for longer than it may be. */
export interface Silence {
  readonly key: string;
  /** Absent when the awaited event never came. */
  readonly lastAtMs?: number;
  /** Of the last event; 0 when none came. */
  readonly sequence: number;
}

export interface SavedSeries {
  readonly sinceMs: number | undefined;
  readonly keys: readonly (readonly [string, readonly Seen[]])[];
}

const seen: Shape<Seen> = (value, at) => {
  const { value: held, ...rest } = objectOf({ atMs: number, sequence: number, value: optional(anything) })(value, at);
  return { ...rest, ...(held === undefined ? {} : { value: held }) };
};
export const savedSeries: Shape<SavedSeries> = objectOf({
  sinceMs: optional(number),
  keys: listOf(pairOf(text, listOf(seen))),
});
/** What is remembered for one window, by key. */
export class Series {
  readonly window: Window;
  readonly listens: (type: string) => boolean;
  readonly #keyOf: (event: AnyEvent) => string;
  readonly #counts: (event: AnyEvent) => boolean;
  readonly #valueOf: (event: AnyEvent) => unknown;
  readonly #keys = new Map<string, Seen[]>();
  /** When it began to listen: with the book, or later and nobody has told it yet what came before. */
  #since: number | "beginning" | "later";

  constructor(window: Window, since: "beginning" | "later") {
    this.window = window;
    this.#since = since;
    this.listens = compileTopic(window.eventType);
    const path = window.kind === "previous" ? "event.subject" : window.by;
    const read = path === undefined ? undefined : reader(path);
    this.#keyOf = (event) => (read === undefined ? "" : keyText(read({ event })));
    const where = window.kind === "previous" || window.where === undefined ? undefined : window.where;
    const decide = where === undefined ? undefined : compileCondition(where);
    this.#counts = (event) => this.listens(event.type) && (decide === undefined || decide({ event }) === true);
    const value = window.kind === "previous" ? reader(window.path) : undefined;
    this.#valueOf = (event) => value?.({ event });
  }

  note(event: AnyEvent): void {
    if (!this.#counts(event)) return;
    const key = this.#keyOf(event);
    const entries = this.#keys.get(key) ?? [];
    this.#keys.delete(key);
    this.#keys.set(key, entries);
    this.#prune(entries, event.at);
    entries.push(this.#seen(event));
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > KEYS_KEPT && oldest !== undefined) this.#keys.delete(oldest);
  }

  count(event: AnyEvent): number | undefined {
    if (this.window.kind !== "count") return undefined;
    const from = event.at - this.window.overMs;
    const entries = this.#entries(event);
    const begin = firstIndex(entries, ({ atMs }) => atMs > from);
    const end = firstIndex(entries, ({ sequence }) => sequence >= event.sequence);
    return Math.max(0, end - begin) + (this.#counts(event) ? 1 : 0);
  }

  quiet(event: AnyEvent, bookSinceMs: number | undefined): { readonly ms: number; readonly sure: boolean } | undefined {
    const last = this.#lastBefore(event);
    if (last !== undefined) return { ms: event.at - last.atMs, sure: true };
    const since = this.#since === "beginning" ? bookSinceMs : this.#since;
    return typeof since === "number" ? { ms: event.at - since, sure: false } : undefined;
  }

  previous(event: AnyEvent): { readonly value: unknown } | undefined {
    const last = this.#lastBefore(event);
    return last?.value === undefined ? undefined : { value: last.value };
  }

  silences(forMs: number, nowMs: number, sinceMs: number): readonly Silence[] {
    if (this.#keys.size === 0 && this.window.kind === "last" && this.window.by === undefined)
      return nowMs - sinceMs >= forMs ? [{ key: "", sequence: 0 }] : [];
    return [...this.#keys].flatMap(([key, entries]) => {
      const last = entries.at(-1);
      if (last === undefined || nowMs - last.atMs < forMs) return [];
      return [{ key, lastAtMs: last.atMs, sequence: last.sequence }];
    });
  }

  nextSilence(forMs: number, nowMs: number, sinceMs: number): number | undefined {
    const awaitsFirst = this.#keys.size === 0 && this.window.kind === "last" && this.window.by === undefined;
    let next = awaitsFirst && sinceMs + forMs > nowMs ? sinceMs + forMs : Number.POSITIVE_INFINITY;
    for (const entries of this.#keys.values()) {
      const dueAtMs = (entries.at(-1)?.atMs ?? 0) + forMs;
      if (dueAtMs > nowMs && dueAtMs < next) next = dueAtMs;
    }
    return Number.isFinite(next) ? next : undefined;
  }

  precede(older: Series, sinceMs: number | undefined): void {
    const own = [...this.#keys];
    this.#keys.clear();
    for (const [key, entries] of older.#keys) this.#keys.set(key, entries);
    for (const [key, entries] of own) {
      const [first] = entries;
      const before = (this.#keys.get(key) ?? []).filter(
        ({ sequence }) => first === undefined || sequence < first.sequence,
      );
      this.#keys.delete(key);
      this.#keys.set(key, [...before, ...entries].slice(-this.#most));
    }
    this.#since = sinceMs ?? "beginning";
  }

  snapshot(): unknown {
    return {
      ...(typeof this.#since === "number" ? { sinceMs: this.#since } : {}),
      keys: [...this.#keys].map(([key, entries]) => [key, [...entries]]),
    };
  }

  restore({ sinceMs, keys }: SavedSeries): void {
    this.#since = sinceMs ?? "beginning";
    this.#keys.clear();
    for (const [key, entries] of keys) this.#keys.set(key, [...entries]);
  }

  get #most(): number {
    return this.window.kind === "count" ? COUNTED_MOST : 2;
  }

  #seen(event: AnyEvent): Seen {
    const value = this.#valueOf(event);
    return { atMs: event.at, sequence: event.sequence, ...(value === undefined ? {} : { value }) };
  }

  /** Drops what no longer counts, and makes room for one more. */
  #prune(entries: Seen[], nowMs: number): void {
    const { window } = this;
    const tooMany = entries.length - this.#most + 1;
    const old = window.kind === "count" ? firstIndex(entries, ({ atMs }) => atMs > nowMs - window.overMs) : 0;
    const drop = Math.max(tooMany, old);
    if (drop > 0) entries.splice(0, drop);
  }

  #entries(event: AnyEvent): readonly Seen[] {
    return this.#keys.get(this.#keyOf(event)) ?? [];
  }

  #lastBefore(event: AnyEvent): Seen | undefined {
    return this.#entries(event).findLast(({ sequence }) => sequence < event.sequence);
  }
}

/** The first index from which on `reached` holds; the entries stand in the order of time. */
function firstIndex(entries: readonly Seen[], reached: (seen: Seen) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && reached(entry)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Events without a value there belong together too. */
function keyText(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
