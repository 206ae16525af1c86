import { z } from "zod";
import { AiosError } from "../kernel/errors.ts";
import { realPlace } from "./granted.ts";
import type { ActionContext, ActionKind, UndoResult } from "./kind.ts";
import { absolutePath } from "./params.ts";

const params = z.strictObject({
  path: absolutePath.describe("The log file. Whoever writes it must open it anew to write on."),
  keep: z.number().int().min(1).max(100).default(5).describe("Older logs that stay: PATH.1 is the newest of them."),
});
const seen = z.object({ bytes: z.number(), modifiedAtMs: z.number() });
/** The log, which is number 0, and the older ones that were there, by their numbers. */
const before = z.object({ logs: z.record(z.string(), seen) });
type Logs = ReadonlyMap<string, z.infer<typeof seen>>;

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
    return { logs: Object.fromEntries(await logsAt(place, keep, context)) };
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
    const had: Logs = new Map(Object.entries(before.parse(kept).logs));
    const place = await placeOf(path, context);
    const now = await logsAt(place, keep, context);
    const drops = had.has(`${keep}`);
    const numbers = Array.from({ length: keep }, (_, number) => number);
    // A rotation moves the oldest first: where one is missing that the next number has, everything older has moved.
    const gap = numbers.find((number) => had.has(`${number}`) && !now.has(`${number}`) && now.has(`${number + 1}`));
    if (gap === undefined) return unmoved(path, { had, now, keep });
    if (gap === 0 && bytesOf(now, "1") < bytesOf(had, "0"))
      return { same: false, detail: `${path}.1 is not what ${path} was; left as it is` };
    for (const number of numbers.slice(gap))
      if (had.has(`${number}`) && !(await context.files.exists(numbered(place, number))))
        await renameIfThere(numbered(place, number + 1), numbered(place, number), context);
    return { same: !drops, detail: `${path} is back${drops ? `, but the oldest, ${path}.${keep}, is gone` : ""}` };
  },
};

/** What is said where no log stands at another number than it did, as far as can be seen. */
function unmoved(
  path: string,
  { had, now, keep }: { readonly had: Logs; readonly now: Logs; readonly keep: number },
): UndoResult {
  const isGone = had.has(`${keep}`) && !now.has(`${keep}`);
  const older = [...had].filter(([number]) => number !== "0" && !(isGone && number === `${keep}`));
  const isRotated =
    older.some(([number, log]) => !isSame(now.get(number), log)) ||
    (!had.has("1") && now.has("1")) ||
    // By itself a log only grows.
    bytesOf(now, "0") < bytesOf(had, "0");
  if (!had.has("0") || (now.has("0") && !isRotated)) {
    const gone = isGone ? `, but the oldest, ${path}.${keep}, is gone` : "";
    return { same: !isGone, detail: `${path} is as it was${gone}` };
  }
  if (now.has("0")) return { same: false, detail: `${path} was written anew since; both are left as they are` };
  return { same: false, detail: `${path}.1 is not what ${path} was; left as it is` };
}

function isSame(now: z.infer<typeof seen> | undefined, had: z.infer<typeof seen>): boolean {
  return now !== undefined && now.bytes === had.bytes && now.modifiedAtMs === had.modifiedAtMs;
}

function bytesOf(logs: Logs, number: string): number {
  return logs.get(number)?.bytes ?? 0;
}

async function logsAt(place: string, keep: number, { files }: ActionContext): Promise<Logs> {
  const logs = new Map<string, z.infer<typeof seen>>();
  for (let number = 0; number <= keep; number++) {
    const facts = await files.stat(numbered(place, number));
    if (facts !== undefined) logs.set(`${number}`, { bytes: facts.sizeBytes, modifiedAtMs: facts.modifiedAtMs });
  }
  return logs;
}

function numbered(place: string, number: number): string {
  return number === 0 ? place : `${place}.${number}`;
}

async function placeOf(path: string, context: ActionContext): Promise<string> {
  const place = await realPlace("fs.write", path, context);
  // The older ones stand beside what the path really means.
  await realPlace("fs.write", `${place}.1`, context);
  return place;
}

async function renameIfThere(from: string, to: string, { files }: ActionContext): Promise<void> {
  if (await files.exists(from)) await files.rename(from, to);
}
