import { z } from "zod";
import { AiosError } from "../kernel/errors.ts";
import { realPlace } from "./granted.ts";
import type { ActionKind, UndoResult } from "./kind.ts";
import { absolutePath } from "./params.ts";

const params = z.strictObject({
  path: absolutePath,
  mode: z
    .number()
    .int()
    .min(0)
    .max(0o777)
    .describe("Permission bits that it gets beside those that it has; none is taken away."),
});
const before = z.object({ mode: z.number().int() });

/** Gives a file permissions that it lacks; undo takes exactly those away again. */
export const setFileMode: ActionKind<z.infer<typeof params>> = {
  name: "set_file_mode",
  summary: "Give a file permissions that it lacks. Undo gives it the mode that it had.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: [],
  grants: ({ path }) => [`fs.write:${path}`],
  outside: () => true,
  says: ({ path, mode }) => `give ${path} the permissions ${octal(mode)}`,
  async prepare({ path }, context) {
    const place = await realPlace("fs.write", path, context);
    const facts = await context.files.stat(place);
    if (facts?.kind !== "file") throw new AiosError("action.refused", `${path} is no file`);
    return { mode: facts.mode };
  },
  async run({ path, mode }, context) {
    const place = await realPlace("fs.write", path, context);
    const facts = await context.files.stat(place);
    if (facts?.kind !== "file") throw new AiosError("action.failed", `${path} is no file`);
    await context.files.setMode(place, facts.mode | mode);
    return { detail: `${path} had mode ${octal(facts.mode)} and has ${octal(facts.mode | mode)}` };
  },
  async undo({ path, mode }, kept, context): Promise<UndoResult> {
    const { mode: old } = before.parse(kept);
    const place = await realPlace("fs.write", path, context);
    const now = (await context.files.stat(place))?.mode;
    if (now === old) return { same: true, detail: `${path} has mode ${octal(old)}, as before` };
    if (now !== (old | mode)) return { same: false, detail: `the mode of ${path} was changed by somebody else since` };
    await context.files.setMode(place, old);
    return { same: (await context.files.stat(place))?.mode === old, detail: `${path} has mode ${octal(old)} again` };
  },
};

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
