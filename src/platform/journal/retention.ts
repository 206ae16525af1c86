/** What closed segments may stay; without a limit they stay for ever. */
export interface Retention {
  /** Segments that were closed longer ago are given up. */
  readonly ageMs?: number | undefined;
  /** The oldest are given up while all segments together are larger. */
  readonly bytes?: number | undefined;
}

export interface Candidate<S> {
  readonly segment: S;
  /** First sequence of the segment after it. */
  readonly next: number | undefined;
  readonly sizeBytes: number;
  /** When it was closed. */
  readonly endedAtMs: number | undefined;
}

export interface Circumstances {
  /** No event before this sequence is needed any more. */
  readonly needed: number;
  readonly nowMs: number;
  readonly openBytes: number;
  readonly retention: Retention;
}

/** Which of the closed segments, given in order, go: always the oldest, and none that holds an event that is needed. */
export function chooseReleased<S>(
  closed: readonly Candidate<S>[],
  { needed, nowMs, openBytes, retention: { ageMs, bytes } }: Circumstances,
): readonly Candidate<S>[] {
  let total = closed.reduce((sum, { sizeBytes }) => sum + sizeBytes, openBytes);
  const gone: Candidate<S>[] = [];
  for (const candidate of closed) {
    const { next, sizeBytes, endedAtMs } = candidate;
    if (next === undefined || next > needed) break;
    const tooOld = ageMs !== undefined && endedAtMs !== undefined && nowMs - endedAtMs > ageMs;
    const tooMuch = bytes !== undefined && total > bytes;
    if (!tooOld && !tooMuch) break;
    total -= sizeBytes;
    gone.push(candidate);
  }
  return gone;
}
