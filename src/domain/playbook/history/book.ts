import type { AnyEvent } from "../../../events/envelope.ts";
import type { Snapshot } from "../../../kernel/checkpointed.ts";
import { listOf, number, objectOf, optional, pairOf, text } from "../../../kernel/shape.ts";
import type { Window } from "../condition-form.ts";
import type { History } from "../facts.ts";
import { KEYS_KEPT, Series, type Silence, savedSeries } from "./series.ts";
import { windowKey } from "./window.ts";

const saved = objectOf({ sinceMs: optional(number), windows: listOf(pairOf(text, savedSeries)) });

/**
 * Remembers of the journal what playbooks ask of the past: how many events came in a window of time, when the last one
 * came, what stood in the one before. A fold: the same events give the same answers.
 */
export class HistoryBook {
  readonly #series = new Map<string, Series>();
  readonly #byType = new Map<string, readonly Series[]>();
  /** When the first event was heard: nothing is known of the time before. */
  #sinceMs: number | undefined;

  constructor(windows: readonly Window[] = []) {
    this.adopt(windows);
  }

  /** Remembers for these windows from now on, and forgets what nobody asks for any more. Gives those that are new. */
  adopt(windows: readonly Window[]): readonly Window[] {
    const wanted = new Map(windows.map((window) => [windowKey(window), window]));
    for (const key of [...this.#series.keys()]) if (!wanted.has(key)) this.#series.delete(key);
    const fresh = [...wanted].filter(([key]) => !this.#series.has(key));
    for (const [key, window] of fresh)
      this.#series.set(key, new Series(window, this.#sinceMs === undefined ? "beginning" : "later"));
    this.#byType.clear();
    return fresh.map(([, window]) => window);
  }

  get windows(): readonly Window[] {
    return [...this.#series.values()].map(({ window }) => window);
  }

  note(event: AnyEvent): void {
    if (this.#series.size === 0) return;
    this.#sinceMs ??= event.at;
    for (const series of this.#listening(event.type)) series.note(event);
  }

  /** What was before this event, with it: asked of an event that was noted, or of an imagined one, the answer is the same. */
  before(event: AnyEvent): History {
    const of = (window: Window) => this.#series.get(windowKey(window));
    return {
      count: (window) => of(window)?.count(event),
      quiet: (window) => of(window)?.quiet(event, this.#sinceMs),
      previous: (window) => of(window)?.previous(event),
    };
  }

  /** The keys of a window whose last event is at least `forMs` ago; `sinceMs` says when waiting for the first began. */
  silences(window: Window, forMs: number, nowMs: number, sinceMs: number): readonly Silence[] {
    return this.#series.get(windowKey(window))?.silences(forMs, nowMs, sinceMs) ?? [];
  }

  /** When the next key that is not silent yet will be; `undefined` when there is none. */
  nextSilence(window: Window, forMs: number, nowMs: number, sinceMs: number): number | undefined {
    return this.#series.get(windowKey(window))?.nextSilence(forMs, nowMs, sinceMs);
  }

  /** Takes from a book that read the journal what came before this one began to listen. */
  recall(earlier: HistoryBook): void {
    for (const [key, series] of this.#series) {
      const older = earlier.#series.get(key);
      if (older !== undefined) series.precede(older, earlier.#sinceMs);
    }
  }

  snapshot(): Snapshot {
    return {
      ...(this.#sinceMs === undefined ? {} : { sinceMs: this.#sinceMs }),
      windows: [...this.#series].map(([key, series]) => [key, series.snapshot()]),
    };
  }

  /** Takes up what a checkpoint holds; gives the windows that it knew nothing of. */
  restore(value: unknown, at: string): readonly Window[] {
    const { sinceMs, windows } = saved(value, at);
    this.#sinceMs = sinceMs;
    const known = new Map(windows);
    const missing: Window[] = [];
    for (const [key, series] of this.#series) {
      const found = known.get(key);
      if (found === undefined) missing.push(series.window);
      else series.restore(found);
    }
    return missing;
  }

  #listening(type: string): readonly Series[] {
    const known = this.#byType.get(type);
    if (known !== undefined) return known;
    if (this.#byType.size >= KEYS_KEPT) this.#byType.clear();
    const found = [...this.#series.values()].filter((series) => series.listens(type));
    this.#byType.set(type, found);
    return found;
  }
}
