import { z } from "zod";
import { keepFile, putBack, putFile } from "./file-state.ts";
import type { ActionKind } from "./kind.ts";
import { absolutePath } from "./params.ts";

const params = z.strictObject({
  path: absolutePath,
  content: z.string().max(262_144),
  mode: z.number().int().min(0).max(0o777).optional(),
});

/** Writes a file inside granted places; undo puts the old bytes back, or the absence. */
export const writeFile: ActionKind<z.infer<typeof params>> = {
  name: "write_file",
  summary: "Write a file inside granted places. Undo puts the old bytes back.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: [],
  grants: ({ path }) => [`fs.write:${path}`],
  says: ({ path, content }) => `write ${content.length} characters to ${path}`,
  outside: () => true,
  prepare: ({ path }, context) => keepFile(path, context),
  async run({ path, content, mode }, context) {
    const place = await putFile(path, content, mode, context);
    return { detail: `wrote ${place}` };
  },
  undo: ({ path, content }, before, context) => putBack(path, before, new TextEncoder().encode(content), context),
};
