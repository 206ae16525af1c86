import { z } from "zod";
import { AiosError } from "../kernel/errors.ts";
import { keepFile, putBack, putFile } from "./file-state.ts";
import { realPlace } from "./granted.ts";
import type { ActionContext, ActionKind } from "./kind.ts";
import { absolutePath } from "./params.ts";

const params = z.strictObject({
  path: absolutePath.describe("The file to restore."),
  source: absolutePath.describe("The file it is copied from."),
});

/** Copies a file from a granted source to a granted place; undo puts the old bytes back, or the absence. */
export const restoreFile: ActionKind<z.infer<typeof params>> = {
  name: "restore_file",
  summary: "Copy a file from a granted source to a granted place. Undo puts the old bytes back.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: [],
  grants: ({ path, source }) => [`fs.read:${source}`, `fs.write:${path}`],
  says: ({ path, source }) => `restore ${path} from ${source}`,
  outside: () => true,
  prepare: ({ path }, context) => keepFile(path, context),
  async run({ path, source }, context) {
    const bytes = await readSource(source, context);
    if (bytes === undefined) throw new AiosError("action.failed", `the source ${source} does not exist`);
    const place = await putFile(path, bytes, undefined, context);
    return { detail: `copied ${bytes.length} bytes from ${source} to ${place}`, evidence: { bytes: bytes.length } };
  },
  undo: async ({ path, source }, before, context) => putBack(path, before, await readSource(source, context), context),
};

async function readSource(source: string, context: ActionContext): Promise<Uint8Array | undefined> {
  return context.files.read(await realPlace("fs.read", source, context));
}
