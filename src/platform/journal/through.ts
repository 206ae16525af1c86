import { pipeline, Readable, type Transform } from "node:stream";

/** Bytes led through a stream that changes them. What fails on the way fails here, and leaving early ends both. */
export function through(chunks: AsyncIterable<Uint8Array>, change: Transform): AsyncIterable<Uint8Array> {
  // The failure reaches whoever reads `change`, which the pipeline destroys with it.
  pipeline(Readable.from(chunks, { objectMode: false }), change, () => {});
  return change;
}
