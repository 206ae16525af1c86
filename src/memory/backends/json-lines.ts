const LINE_END = 0x0a;

/** The first line of every file. */
export interface Header {
  readonly format: string;
  readonly version: number;
  readonly generation: number;
}

export interface Line {
  readonly text: string;
  /** Byte at which it begins. */
  readonly start: number;
}

/** The lines that are complete, and how many bytes they take. */
export function wholeLines(bytes: Uint8Array): { readonly lines: readonly Line[]; readonly length: number } {
  const decoder = new TextDecoder();
  const lines: Line[] = [];
  let start = 0;
  for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END, start)) {
    lines.push({ text: decoder.decode(bytes.subarray(start, end)), start });
    start = end + 1;
  }
  return { lines, length: start };
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** `undefined` for what is no JSON. */
export function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isHeader(value: unknown): value is Header {
  if (value === null || typeof value !== "object") return false;
  if (!("format" in value && "version" in value && "generation" in value)) return false;
  return typeof value.format === "string" && typeof value.version === "number" && typeof value.generation === "number";
}
