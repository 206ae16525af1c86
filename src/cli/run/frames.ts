/**
 * What `aios run` and the relay of its program send each other over their socket. The caller begins with the
 * `environment`, and with `input` up to `input_end` when the program gets any; the relay says that an attempt has `begun`,
 * then what the program prints. How it ended is told by the engine.
 */
export type FrameKind = (typeof kinds)[number];
const kinds = ["environment", "input", "input_end", "begun", "stdout", "stderr"] as const;

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Uint8Array;
}

/** The input of a task of `aios run`. */
export interface RelayInput {
  /** The socket at which the caller waits. */
  readonly caller: string;
}

/** What an `environment` frame says. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the program's standard input follows. */
  readonly hasInput: boolean;
}

const HEAD_BYTES = 5;
/** Nobody sends pieces this large; a longer one is not from us. */
const LONGEST_BYTES = 16 * 1024 * 1024;

/** One byte for the kind, four for the length, then the payload. */
export function frameOf(kind: FrameKind, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kinds.indexOf(kind));
  view.setUint32(1, payload.length);
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

export function jsonFrame(kind: FrameKind, value: unknown): Uint8Array {
  return frameOf(kind, new TextEncoder().encode(JSON.stringify(value)));
}

export function jsonOf({ payload }: Frame): unknown {
  return JSON.parse(new TextDecoder().decode(payload));
}

/** The frames of a stream; what is cut off at its end is none. Throws for what is no frame. */
export async function* framesIn(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Frame, void, void> {
  let held: Uint8Array = new Uint8Array(0);
  for await (const chunk of stream) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (let frame = firstIn(held); frame !== undefined; frame = firstIn(held)) {
      held = held.subarray(HEAD_BYTES + frame.payload.length);
      yield frame;
    }
  }
}

function firstIn(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = kinds[view.getUint8(0)];
  const length = view.getUint32(1);
  if (kind === undefined || length > LONGEST_BYTES) throw new Error("what came is not a frame");
  if (bytes.length < HEAD_BYTES + length) return undefined;
  return { kind, payload: bytes.subarray(HEAD_BYTES, HEAD_BYTES + length) };
}
