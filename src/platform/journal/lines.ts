const NEWLINE = 0x0a;

export interface Line {
  readonly text: string;
  /** Byte offset of the line's first byte. */
  readonly start: number;
  /** Byte offset after the line and its newline. */
  readonly end: number;
  /** False for bytes after the last newline: a write that was cut off. */
  readonly complete: boolean;
}

export interface LinesFrom {
  /** Byte offset of the first of these bytes, where a line begins. */
  readonly start?: number;
  /** Lines that are only counted, which costs far less than handing them out. */
  readonly skip?: number;
}

/** The lines of a stream of bytes with their offsets, without ever holding all of it. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, from?: LinesFrom): AsyncGenerator<Line, void, void> {
  for await (const lines of lineGroupsOf(chunks, from)) yield* lines;
}

/** As `linesOf`, those of each piece at once: waiting for every line costs more than reading it. */
export async function* lineGroupsOf(
  chunks: AsyncIterable<Uint8Array>,
  { start = 0, skip = 0 }: LinesFrom = {},
): AsyncGenerator<readonly Line[], void, void> {
  let skipped = 0;
  let rest: Uint8Array = new Uint8Array(0);
  /** Where the next line begins. */
  let offset = start;
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    const hand = (bytes: Uint8Array, from: number, end: number) => {
      if (skipped < skip) skipped++;
      else lines.push({ text: textOf(bytes, from, end), start: offset, end: offset + end - from + 1, complete: true });
      offset += end - from + 1;
    };
    let from = 0;
    let end = chunk.indexOf(NEWLINE);
    // Of a piece only as much is copied as ends the line that the one before began.
    if (end >= 0 && rest.length > 0) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, end)]);
      hand(bytes, 0, bytes.length);
      rest = new Uint8Array(0);
      from = end + 1;
      end = chunk.indexOf(NEWLINE, from);
    }
    for (; end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      hand(chunk, from, end);
      from = end + 1;
    }
    const left = chunk.subarray(from);
    rest = rest.length === 0 ? left : Buffer.concat([rest, left]);
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0)
    yield [{ text: textOf(rest, 0, rest.length), start: offset, end: offset + rest.length, complete: false }];
}

function textOf(bytes: Uint8Array, from: number, end: number): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString("utf8", from, end);
}
