import type { LinesFrom } from "./lines.ts";
import { Marks } from "./marks.ts";
import type { ClosedSegment, Segment } from "./segment.ts";

/** Where to read for an event: every line before it in the file comes before it in the journal. */
export interface Whereabouts {
  readonly segment: Segment;
  readonly from: LinesFrom;
}

/** Which file holds which events. It changes when a segment is closed, compressed or given up. */
export class SegmentIndex {
  readonly #openPath: string;
  #closed: readonly ClosedSegment[];
  /** First sequence of the open segment; `undefined` while it is empty. */
  #openFirst: number | undefined;
  #marks: Marks;

  constructor(
    openPath: string,
    closed: readonly ClosedSegment[],
    open: { readonly first?: number; readonly marks: Marks },
  ) {
    this.#openPath = openPath;
    this.#closed = closed;
    this.#openFirst = open.first;
    this.#marks = open.marks;
  }

  get closed(): readonly ClosedSegment[] {
    return this.#closed;
  }

  get openFirst(): number | undefined {
    return this.#openFirst;
  }

  /** The oldest event that is held; 1 while there is none. */
  get firstSequence(): number {
    return this.#closed[0]?.first ?? this.#openFirst ?? 1;
  }

  /** The event of this sequence was written into the open segment at this byte. */
  written(sequence: number, offset: number): void {
    this.#openFirst ??= sequence;
    this.#marks.note(sequence, offset);
  }

  /** The open segment was closed and has this name; what is written next begins a new one. */
  rotated(path: string): void {
    if (this.#openFirst === undefined) return;
    this.#closed = [...this.#closed, { kind: "closed", path, first: this.#openFirst, form: "plain" }];
    this.#openFirst = undefined;
    this.#marks = new Marks();
  }

  compressed(segment: ClosedSegment, path: string): void {
    this.#closed = this.#closed.map((one) => (one.first === segment.first ? { ...one, path, form: "gzip" } : one));
  }

  /** The oldest segment is about to go. */
  released({ first: gone }: ClosedSegment): void {
    this.#closed = this.#closed.filter(({ first }) => first !== gone);
  }

  /** The oldest segment could not be given up after all. */
  restored(segment: ClosedSegment): void {
    this.#closed = [segment, ...this.#closed];
  }

  /** The first event of the file after the one that an event belongs to; `undefined` for the last file's. */
  firstAfter(sequence: number): number | undefined {
    return [...this.#closed.map(({ first }) => first), this.#openFirst].find((first) => (first ?? 0) > sequence);
  }

  find(sequence: number): Whereabouts {
    if (this.#openFirst === undefined || sequence < this.#openFirst) {
      const segment = this.#closed.findLast(({ first }) => first <= sequence);
      if (segment !== undefined) return { segment, from: { skip: sequence - segment.first } };
    }
    return { segment: { kind: "open", path: this.#openPath }, from: { start: this.#marks.before(sequence - 1) } };
  }
}
