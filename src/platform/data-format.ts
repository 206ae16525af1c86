import path from "node:path";
import { AiosError } from "../kernel/errors.ts";
import type { Files } from "../kernel/files.ts";

/** Version of the data directory's layout: which files there are and how they belong together. */
export const DATA_FORMAT = 1;
const NAME = "data.json";

/** Takes a directory from one layout to the next. It may be cut off at any point and is then done again from its beginning. */
export interface Upgrade {
  /** The layout it begins with; it leaves the following one behind. */
  readonly from: number;
  readonly run: (directory: string) => Promise<void>;
}

export interface DataFormatDeps {
  readonly files: Files;
  /** The layout that this program works with. */
  readonly format: number;
  /** One for each older layout that can still be read, in order. */
  readonly upgrades: readonly Upgrade[];
  /** Copies the directory as it is; resolves with where the copy is. */
  readonly backUp: (directory: string, from: number) => Promise<string>;
}

export type Settled =
  | { readonly kind: "new" | "same" }
  | { readonly kind: "upgraded"; readonly from: number; readonly backup: string };

/**
 * Makes sure that a directory has this program's layout before anything else in it is read. Whoever calls holds its lock.
 * An older one is upgraded step by step after a copy was made beside it; a newer one is refused and not touched.
 *
 * @throws {AiosError} `data.format`
 */
export async function settleDataFormat(directory: string, deps: DataFormatDeps): Promise<Settled> {
  const { files, format, upgrades } = deps;
  const found = await readDataFormat(files, directory);
  if (found === undefined || found === format) {
    if (found === undefined || !(await files.exists(path.join(directory, NAME)))) await write(files, directory, format);
    return { kind: found === undefined ? "new" : "same" };
  }
  refuseNewer(directory, found, format);
  const steps = upgrades.filter(({ from }) => from >= found && from < format);
  if (steps.length !== format - found)
    throw new AiosError(
      "data.format",
      `${directory} has layout ${found}, from which this version (layout ${format}) cannot upgrade: upgrade with a version between first`,
    );
  const backup = await deps.backUp(directory, found);
  for (const { from, run } of steps) {
    await run(directory);
    await write(files, directory, from + 1);
  }
  return { kind: "upgraded", from: found, backup };
}

/**
 * The layout of a directory; `undefined` for an empty one. A directory with a journal and no mark is from before the mark:
 * the first layout.
 *
 * @throws {AiosError} `data.format` for a mark that cannot be read
 */
async function readDataFormat(files: Files, directory: string): Promise<number | undefined> {
  const file = path.join(directory, NAME);
  const text = await files.readText(file);
  if (text === undefined) return (await files.exists(path.join(directory, "events.jsonl"))) ? 1 : undefined;
  const format = formatIn(text);
  if (format === undefined)
    throw new AiosError(
      "data.format",
      `${file} does not say which layout the directory has: it should be {"format":${DATA_FORMAT}}. Restore it from a backup`,
    );
  return format;
}

/**
 * Makes sure that this program knows what the files of a directory mean; an older layout is as good as its own.
 *
 * @throws {AiosError} `data.format` for a newer one, or a mark that cannot be read
 */
export async function insistOnKnownLayout(files: Files, directory: string, called = directory): Promise<void> {
  refuseNewer(called, (await readDataFormat(files, directory)) ?? DATA_FORMAT, DATA_FORMAT);
}

function refuseNewer(directory: string, found: number, format: number): void {
  if (found <= format) return;
  throw new AiosError(
    "data.format",
    `${directory} has layout ${found}; this version knows up to ${format}. ` +
      "Install the newer version that wrote it, or restore a backup from before its upgrade into another directory",
  );
}

function formatIn(text: string): number | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("format" in value)) return undefined;
    const { format } = value;
    return typeof format === "number" && Number.isSafeInteger(format) && format > 0 ? format : undefined;
  } catch {
    return undefined;
  }
}

const write = (files: Files, directory: string, format: number) =>
  files.write(path.join(directory, NAME), `${JSON.stringify({ format })}\n`, { mode: 0o600 });
