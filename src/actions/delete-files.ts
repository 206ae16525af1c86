import { z } from "zod";
import { AiosError } from "../kernel/errors.ts";
import type { FileFacts } from "../kernel/files.ts";
import { checkSignal, demand, realPlace } from "./granted.ts";
import type { ActionContext, ActionKind } from "./kind.ts";
import { absolutePath } from "./params.ts";

const params = z.strictObject({
  directory: absolutePath.describe("The directory whose files are meant; those of directories in it are not."),
  name: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^/\0]*$/, "a name without `/`; `*` stands for any text")
    .default("*")
    .describe("Which of its files: a name, with * for any text."),
  olderThanMs: z.number().int().min(0).default(0).describe("Only files that were not changed for so long."),
  maxFiles: z.number().int().min(1).max(1000).default(100).describe("More are refused, not cut."),
});
type Deleting = z.infer<typeof params>;

interface Found {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Deletes plain files of one granted directory. Links are left alone, and so is what they lead to. */
export const deleteFiles: ActionKind<Deleting> = {
  name: "delete_files",
  summary: "Delete plain files of a granted directory, by name and age. It cannot be undone.",
  params,
  risk: "medium",
  idempotent: true,
  ownScope: [],
  grants: ({ directory, name }) => [`fs.delete:${directory}/${name}`],
  outside: () => true,
  says: ({ directory, name, olderThanMs }) =>
    `delete ${name} of ${directory}${olderThanMs === 0 ? "" : ` that nobody changed for ${olderThanMs} ms`}`,
  // Only looks: what is meant, so that a rehearsal is refused where the real run would be.
  prepare: async (given, context) => {
    const found = await select(given, context);
    return { files: found.length, bytes: sum(found) };
  },
  async run(given, context) {
    const found = await select(given, context);
    for (const { path } of found) {
      checkSignal(context);
      await context.files.remove(path);
    }
    const bytes = sum(found);
    const detail = `deleted ${found.length} files of ${given.directory}, ${bytes} bytes`;
    return { detail, evidence: { files: found.map(({ path }) => path), bytes } };
  },
};

async function select({ directory, name, olderThanMs, maxFiles }: Deleting, context: ActionContext) {
  const real = await realPlace("fs.delete", directory, context, `/${name}`);
  const fits = namePattern(name);
  const found: Found[] = [];
  for (const entry of (await context.files.list(real)).filter(fits)) {
    const path = `${real}/${entry}`;
    const facts = await context.files.stat(path);
    if (facts === undefined || !isMeant(facts, olderThanMs, context.clock.now())) continue;
    if ((await context.files.realPath(path)) !== path) continue;
    demand([`fs.delete:${path}`], context);
    found.push({ path, sizeBytes: facts.sizeBytes });
  }
  if (found.length > maxFiles)
    throw new AiosError(
      "action.refused",
      `${found.length} files are meant, and at most ${maxFiles} are allowed at once`,
    );
  return found;
}

function isMeant({ kind, modifiedAtMs }: FileFacts, olderThanMs: number, nowMs: number): boolean {
  return kind === "file" && nowMs - modifiedAtMs >= olderThanMs;
}

/** Whether a file's name is one that `*` and plain text stand for. */
function namePattern(pattern: string): (name: string) => boolean {
  const parts = pattern.split("*");
  return (name) => {
    const [first = "", ...rest] = parts;
    if (rest.length === 0) return name === first;
    if (!name.startsWith(first)) return false;
    const last = rest.pop() ?? "";
    let at = first.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.length - last.length >= at && name.endsWith(last);
  };
}

function sum(found: readonly Found[]): number {
  return found.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}
