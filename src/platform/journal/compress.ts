import { createHash, type Hash } from "node:crypto";
import { createGunzip, createGzip } from "node:zlib";
import { AiosError } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import { through } from "./through.ts";

/**
 * Writes a compressed copy beside a file, durable and proven to give the same bytes; the file stays. It goes in the small
 * chunks of Node, each of which waits for a turn of the loop: so it gives way while the loop is busy. A crash at any point
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
    for await (const chunk of through(digesting(files.stream(path), written), createGzip())) {
      if (signal.aborted) return undefined;
      await handle.write(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (signal.aborted) return undefined;
  const read = createHash("sha256");
  for await (const chunk of through(files.stream(draft), createGunzip())) read.update(chunk);
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
