import { z } from "zod";
import { AiosError } from "../kernel/errors.ts";
import { keepFile, putBack } from "./file-state.ts";
import { realPlace } from "./granted.ts";
import type { ActionKind } from "./kind.ts";
import { absolutePath } from "./params.ts";

const params = z.strictObject({ path: absolutePath });

/** Removes one small file, such as a lock; undo writes it again with its bytes and mode. */
export const removeFile: ActionKind<z.infer<typeof params>> = {
  name: "remove_file",
  summary: "Remove one file of at most 512 KiB, such as a lock. Undo writes it again.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: [],
  grants: ({ path }) => [`fs.delete:${path}`, `fs.write:${path}`],
  outside: () => true,
  says: ({ path }) => `remove ${path}`,
  async prepare({ path }, context) {
    const place = await realPlace("fs.delete", path, context);
    // A link would be removed, and what it leads to be written again.
    if (place !== path) throw new AiosError("action.refused", `${path} leads through a link to ${place}`);
    return keepFile(path, context);
  },
  async run({ path }, context) {
    const place = await realPlace("fs.delete", path, context);
    if (place !== path) throw new AiosError("action.refused", `${path} leads through a link to ${place}`);
    await context.files.remove(place);
    return { detail: `${path} is removed` };
  },
  undo: ({ path }, kept, context) => putBack(path, kept, "nothing", context),
};
