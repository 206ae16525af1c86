import type { Files } from "../../kernel/files.ts";
import type { Hash } from "../../kernel/hash.ts";
import type { Processes } from "../../kernel/processes.ts";
import type { Sight, Watch } from "./watch.ts";

export interface WatchedFile {
  readonly path: string;
  readonly source?: string | undefined;
  readonly mode?: number | undefined;
  readonly reader?: string | undefined;
}

interface Known {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** A larger file is watched for being there only. */
const DIGEST_BYTES = 16 * 1024 * 1024;

/** Files that should be there, with the content that they had when they were last well. */
export function missingFiles(
  watched: readonly WatchedFile[],
  { files, hash }: { readonly files: Files; readonly hash: Hash },
): Watch {
  const name = "file_missing";
  const known = new Map<string, Known>();
  const gone = new Set<string>();
  return { name, look: () => Promise.all(watched.map(look)) };

  async function look({ path, source }: WatchedFile): Promise<Sight> {
    const key = `${name} ${path}`;
    const facts = await files.stat(path);
    if (facts?.kind !== "file") {
      gone.add(path);
      const sha256 = known.get(path)?.sha256;
      const data = { path, ...(source === undefined ? {} : { source }), ...(sha256 === undefined ? {} : { sha256 }) };
      const finding = { type: "watch.file_missing", data } as const;
      return { key, stands: "bad", says: `${path} is not there`, finding, subject: `file${path}` };
    }
    const before = known.get(path);
    if (facts.sizeBytes > DIGEST_BYTES) return { key, stands: "well", says: `${path} is there` };
    if (before?.sizeBytes === facts.sizeBytes && before.modifiedAtMs === facts.modifiedAtMs)
      return { key, stands: "well", says: `${path} is there, unchanged` };
    const sha256 = hash.sha256((await files.read(path)) ?? "");
    const another = gone.has(path) && before !== undefined && before.sha256 !== sha256;
    // What came in the place of a lost file is another file until it has been written anew.
    if (another) return { key, stands: "between", says: `${path} is there, but not with the content that was lost` };
    gone.delete(path);
    known.set(path, { sha256, sizeBytes: facts.sizeBytes, modifiedAtMs: facts.modifiedAtMs });
    return { key, stands: "well", says: `${path} has the content that it had` };
  }
}

/** Files whose permission bits must not be taken away. Whether the reader can read is asked of the system itself. */
export function deniedFiles(
  watched: readonly WatchedFile[],
  { files, processes }: { readonly files: Files; readonly processes: Pick<Processes, "start"> },
): Watch {
  const name = "file_denied";
  return {
    name,
    async look(how) {
      const sights = await Promise.all(watched.map((file) => look(file, how)));
      return sights.filter((sight) => sight !== undefined);
    },
  };

  async function look({ path, mode: wanted, reader }: WatchedFile, how: "glance" | "closely") {
    const facts = await files.stat(path);
    if (facts === undefined || wanted === undefined) return undefined;
    const key = `${name} ${path}`;
    const { mode } = facts;
    const permitted = (mode & wanted) === wanted;
    const answer = how === "closely" && reader !== undefined ? await askReader(path, reader) : "not asked";
    if (permitted && answer === "unknown") return undefined;
    if (permitted && answer !== "cannot read") {
      const says = answer === "can read" ? `${reader} can read ${path}` : `${path} has the permissions that it needs`;
      return { key, stands: "well", says } satisfies Sight;
    }
    const data = { path, mode, wanted, ...(reader === undefined ? {} : { reader }) };
    const says = answer === "cannot read" ? `${reader} cannot read ${path}` : `${path} lacks permissions`;
    const finding = { type: "watch.file_denied", data } as const;
    return { key, stands: "bad", says, finding, subject: `file${path}` } satisfies Sight;
  }

  /** The kernel's own answer to that user, with every directory above the file; `test` says yes by 0 and no by 1. */
  async function askReader(path: string, user: string): Promise<"can read" | "cannot read" | "unknown"> {
    const argv = ["/usr/bin/test", "-r", path] as const;
    const child = await processes.start({ argv: [...argv], cwd: "/", env: {}, user, stdin: "ignore" });
    const { code } = await child.exited;
    if (code === 0) return "can read";
    return code === 1 ? "cannot read" : "unknown";
  }
}
