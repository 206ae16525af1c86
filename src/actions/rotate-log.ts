import { z } from "zod";
import { AiosError } from "../kernel/errors.ts";
import { realPlace } from "./granted.ts";
import type { ActionContext, ActionKind, UndoResult } from "./kind.ts";
import { absolutePath } from "./params.ts";

const params = z.strictObject({
  path: absolutePath.describe("The log file. Whoever writes it must open it anew to write on."),
  keep: z.number().int().min(1).max(100).default(5).describe("Older logs that stay: PATH.1 is the newest of them."),
});
const before = z.object({ exists: z.boolean(), drops: z.boolean(), sizeBytes: z.number() });

/** Renames a log to PATH.1 and those before it to PATH.2 and on; undo renames them back. */
export const rotateLog: ActionKind<z.infer<typeof params>> = {
  name: "rotate_log",
  summary: "Rename a log to PATH.1, the ones before it to PATH.2 and on, and drop the oldest. Undo renames them back.",
  params,
  risk: "low",
  idempotent: false,
  ownScope: [],
  grants: ({ path }) => [`fs.write:${path}`, `fs.write:${path}.*`],
  outside: () => true,
  says: ({ path, keep }) => `rotate ${path} and keep ${keep} older ones`,
  async prepare({ path, keep }, context) {
    const place = await placeOf(path, context);
    const now = await context.files.stat(place);
    if (now !== undefined && now.kind !== "file") throw new AiosError("action.refused", `${path} is no file`);
    const drops = await context.files.exists(`${place}.${keep}`);
    return { exists: now !== undefined, drops, sizeBytes: now?.sizeBytes ?? 0 };
  },
  async run({ path, keep }, context) {
    const place = await placeOf(path, context);
    const { files } = context;
    const facts = await files.stat(place);
    if (facts === undefined) throw new AiosError("action.failed", `there is no ${path}`);
    await files.remove(`${place}.${keep}`);
    for (let number = keep - 1; number >= 1; number--)
      await renameIfThere(`${place}.${number}`, `${place}.${number + 1}`, context);
    await files.rename(place, `${place}.1`);
    return { detail: `${path} with ${facts.sizeBytes} bytes is now ${path}.1`, evidence: { bytes: facts.sizeBytes } };
  },
  async undo({ path, keep }, kept, context): Promise<UndoResult> {
    const { exists, drops, sizeBytes } = before.parse(kept);
    const place = await placeOf(path, context);
    const { files } = context;
    const rotated = await files.stat(`${place}.1`);
    const now = await files.stat(place);
    if (!exists || (now !== undefined && now.sizeBytes === sizeBytes))
      return { same: true, detail: `${path} is as it was` };
    if (now !== undefined) return { same: false, detail: `${path} was written anew since; both are left as they are` };
    if (rotated === undefined || rotated.sizeBytes < sizeBytes)
      return { same: false, detail: `${path}.1 is not what ${path} was; left as it is` };
    await files.rename(`${place}.1`, place);
    for (let number = 2; number <= keep; number++)
      await renameIfThere(`${place}.${number}`, `${place}.${number - 1}`, context);
    const detail = `${path} is back${drops ? `, but the oldest, ${path}.${keep}, is gone` : ""}`;
    return { same: !drops, detail };
  },
};

async function placeOf(path: string, context: ActionContext): Promise<string> {
  const place = await realPlace("fs.write", path, context);
  // The older ones stand beside what the path really means.
  await realPlace("fs.write", `${place}.1`, context);
  return place;
}

async function renameIfThere(from: string, to: string, { files }: ActionContext): Promise<void> {
  if (await files.exists(from)) await files.rename(from, to);
}
