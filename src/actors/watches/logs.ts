import { type Clock, pause } from "../../kernel/clock.ts";
import type { Files } from "../../kernel/files.ts";
import type { Sight, Watch } from "./watch.ts";

export interface WatchedLog {
  readonly path: string;
  readonly maxBytes: number;
  readonly keep: number;
}

interface Size {
  readonly bytes: number;
  readonly atMs: number;
}

/** How long a rotated log must not have grown to count as left by its writer. */
const QUIET_MS = 300;

/** Files that grow without end. A rotated one that its writer still holds has not been mended. */
export function largeLogs(
  watched: readonly WatchedLog[],
  { files, clock }: { readonly files: Files; readonly clock: Clock },
): Watch {
  const name = "log_large";
  const before = new Map<string, Size>();
  return { name, look: (how) => Promise.all(watched.map((log) => look(log, how))) };

  async function look({ path, maxBytes, keep }: WatchedLog, how: "glance" | "closely"): Promise<Sight> {
    const key = `${name} ${path}`;
    const sizeBytes = await sizeOf(path);
    const growth = growthOf(path, sizeBytes);
    if (sizeBytes >= maxBytes) {
      const data = { path, sizeBytes, maxBytes, keep, ...(growth === undefined ? {} : { bytesPerMinute: growth }) };
      const finding = { type: "watch.log_large", data } as const;
      return { key, stands: "bad", says: `${path} has ${sizeBytes} bytes`, finding, subject: `file${path}` };
    }
    if (how === "closely" && (await grows(`${path}.1`)))
      return { key, stands: "between", says: `${path}.1 still grows: its writer has not opened ${path} anew` };
    return { key, stands: "well", says: `${path} has ${sizeBytes} of ${maxBytes} bytes` };
  }

  function growthOf(path: string, bytes: number): number | undefined {
    const earlier = before.get(path);
    const atMs = clock.monotonic();
    before.set(path, { bytes, atMs });
    if (earlier === undefined || atMs <= earlier.atMs || bytes < earlier.bytes) return undefined;
    return Math.round((60_000 * (bytes - earlier.bytes)) / (atMs - earlier.atMs));
  }

  async function grows(path: string): Promise<boolean> {
    const first = await sizeOf(path);
    await pause(clock, QUIET_MS);
    return (await sizeOf(path)) > first;
  }

  async function sizeOf(path: string): Promise<number> {
    return (await files.stat(path))?.sizeBytes ?? 0;
  }
}
