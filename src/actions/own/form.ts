import { z } from "zod";
import { judgeGrants } from "../../domain/playbook/grants.ts";
import { unknownName } from "../../domain/playbook/nearest.ts";
import { risk } from "../../events/vocabulary.ts";
import { type Fault, messageOf } from "../../kernel/errors.ts";
import type { ActionKind } from "../kind.ts";

/** An action of a user's own as its file gives it: a kind of ours with a limit of its own. */
export interface OwnAction<P = unknown> extends Omit<ActionKind<P>, "ownScope"> {
  readonly params: z.ZodObject & z.ZodType<P>;
  /** What a playbook in the seed's form may do with it; nothing unless told. */
  readonly ownScope?: readonly string[];
  /** So long each of `prepare`, `run` and `undo` may take, in milliseconds; `reactor.actionMs` unless told. */
  readonly timeoutMs?: number;
}

const LONGEST_MS = 3_600_000;

function fn(says: string) {
  return z.custom<(...args: never[]) => unknown>(
    (value) => typeof value === "function",
    `is missing or no function: write \`${says}\``,
  );
}

const members = {
  name: z
    .string("is missing: a word such as bump_value, which playbooks name as `type`")
    .regex(/^[a-z][a-z0-9_]{1,63}$/, "is 2 to 64 small letters, digits and _, and begins with a letter"),
  summary: z
    .string("is missing: one sentence that says what it does, for lists and plans")
    .min(1, "is empty: say in one sentence what it does")
    .max(300, "is longer than 300 characters: say it in one sentence"),
  params: z.custom<z.ZodObject>(
    (value) => value instanceof z.ZodObject,
    "is missing or no object schema: write `z.strictObject({ … })` with the `z` that is handed in",
  ),
  risk: z.enum(risk.options, `is missing or unknown: one of ${risk.options.join(", ")}`),
  idempotent: z.boolean("is missing: true when running it twice with the same key is as running it once, else false"),
  ownScope: z.array(z.string(), "is a list of grants").optional(),
  timeoutMs: z
    .number("is a number of milliseconds")
    .int("is a whole number of milliseconds")
    .min(1, "is at least 1 ms")
    .max(LONGEST_MS, `is at most ${LONGEST_MS} ms`)
    .optional(),
  grants: fn(`grants: (params) => ["fs.write:" + params.path]`),
  says: fn(`says: (params) => "set the value in " + params.path`),
  targets: fn("targets: (params) => 1").optional(),
  agents: fn("agents: (params) => [params.agent]").optional(),
  outside: fn("outside: (params) => true").optional(),
  publishes: fn("publishes: (params) => [{ type: params.type, data: {} }]").optional(),
  freeze: fn('freeze: (params, selections) => ({ kind: "ok", params })').optional(),
  prepare: fn("prepare: async (params, context) => whatUndoNeeds").optional(),
  run: fn('run: async (params, context) => ({ detail: "what was done" })'),
  undo: fn('undo: async (params, before, context) => ({ same: true, detail: "as it was" })').optional(),
};

/** What is wrong with what a file's factory gave, each fault with the member it is about; empty when it may be used. */
export function faultsOfOwn(made: unknown, taken: (name: string) => string | undefined): readonly Fault[] {
  if (made === null || typeof made !== "object" || Array.isArray(made))
    return [{ path: "", message: "the factory gave no object: return { name, summary, params, … }" }];
  const unknown = Object.keys(made)
    .filter((name) => !Object.hasOwn(members, name))
    .map((name) => ({ path: name, message: unknownName("member", name, Object.keys(members)) }));
  const read = z.object(members).safeParse(made);
  if (!read.success)
    return [...unknown, ...read.error.issues.map(({ path, message }) => ({ path: path.join("."), message }))];
  const { name, params, ownScope = [] } = read.data;
  const holder = taken(name);
  return [
    ...unknown,
    ...(holder === undefined ? [] : [{ path: "name", message: `"${name}" is taken by ${holder}: choose another` }]),
    ...judgeGrants(ownScope, "ownScope"),
    ...unwritable(params),
  ];
}

/** Editors and pages show parameters as JSON Schema. */
function unwritable(params: z.ZodObject): readonly Fault[] {
  try {
    z.toJSONSchema(params, { io: "input" });
    return [];
  } catch (failure) {
    return [{ path: "params", message: `cannot be written as JSON Schema: ${messageOf(failure)}` }];
  }
}
