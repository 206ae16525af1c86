import { createHash, type Hash } from "node:crypto";
import { createGunzip, createGzip } from "node:zlib";
import { AiosError } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import { through } from "./through.ts";

/** Each chunk is a way to another thread and back: at the 16 KiB that Node takes these cost more than what is done there. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Writes a compressed copy beside a file, durable and proven to give the same bytes; the file stays. A crash at any point
 * leaves no copy or a whole one.
 *
 * @returns the path of the copy; `undefined` when it was stopped before its end
 */
export async function compressFile(files: Files, path: string, signal: AbortSignal): Promise<string | undefined> {
  const copy = `${path}.gz`;
  const draft = `${copy}.draft`;
  await files.remove(draft);
  const written = createHash("sha256");
  const handle = await files.append(draft);
  try {
    for await (const chunk of through(digesting(files.stream(path), written), createGzip({ chunkSize: CHUNK_BYTES }))) {
      if (signal.aborted) return undefined;
      await handle.write(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (signal.aborted) return undefined;
  const read = createHash("sha256");
  for await (const chunk of through(files.stream(draft), createGunzip({ chunkSize: CHUNK_BYTES }))) read.update(chunk);
  if (read.digest("hex") !== written.digest("hex"))
    throw new AiosError("internal", `the compressed copy of ${path} does not give its bytes again`);
  await files.rename(draft, copy);
  return copy;
}

async function* digesting(chunks: AsyncIterable<Uint8Array>, digest: Hash): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of chunks) {
    digest.update(chunk);
    yield chunk;
  }
}
