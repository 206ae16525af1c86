/** How much of stderr is kept: its end, in characters. */
const KEPT_CHARACTERS = 8_192;

/** The end of a stream, kept while it flows. */
export interface Tail {
  /** What has been kept so far, without blanks around it. */
  text(): string;
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
}

/** Reads the whole stream, so that its writer never waits, and keeps its last 8 KiB. */
export function keepTail(stream: AsyncIterable<Uint8Array>): Tail {
  const decoder = new TextDecoder();
  let kept = "";
  const read = async (): Promise<void> => {
    for await (const chunk of stream) {
      kept = (kept + decoder.decode(chunk, { stream: true })).slice(-KEPT_CHARACTERS);
    }
  };
  // A pipe that breaks has ended; what was kept is still the best evidence there is.
  return { text: () => kept.trim(), ended: read().catch(() => {}) };
}
