/** What a memory holds, in a form in which two can be compared however they order it. */
export interface MemorySum {
  readonly items: number;
  readonly links: number;
  /** 64 hex digits over every item and link. */
  readonly checksum: string;
}

/** What became of a move. */
export interface Migration extends MemorySum {
  readonly from: string;
  readonly to: string;
  /** So many vectors were taken over; all others are made anew, where an embedder is configured. */
  readonly vectors: number;
}
