import { type Duplex, pipeline, Readable } from "node:stream";

/** The chunks after a transform such as gzip. A failure of either side ends the reading with it; so does stopping early. */
export function through(chunks: AsyncIterable<Uint8Array>, transform: Duplex): AsyncIterable<Buffer> {
  return pipeline(Readable.from(chunks, { objectMode: false }), transform, () => {});
}
