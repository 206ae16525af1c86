export interface LastBytes {
  add(chunk: Uint8Array): void;
  /** All that was added, or the end of it with a first line that says how much is missing. */
  text(): string;
}

/** Keeps the last `most` bytes of a stream, at most twice as many in memory. */
export function lastBytes(most: number): LastBytes {
  let pieces: Uint8Array[] = [];
  let held = 0;
  let dropped = 0;
  const trim = () => {
    const all = Buffer.concat(pieces);
    const cut = Math.max(0, all.length - most);
    pieces = [all.subarray(cut)];
    held -= cut;
    dropped += cut;
  };
  return {
    add(chunk) {
      pieces.push(chunk);
      held += chunk.length;
      if (held > 2 * most) trim();
    },
    text() {
      trim();
      const text = Buffer.concat(pieces).toString("utf8");
      return dropped === 0 ? text : `[${dropped} bytes before this are not kept]\n${text}`;
    },
  };
}
