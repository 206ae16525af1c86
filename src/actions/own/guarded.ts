import { z } from "zod";
import type { SettledAction } from "../../domain/playbook/catalogue.ts";
import { judgeGrants } from "../../domain/playbook/grants.ts";
import type { Params } from "../../domain/playbook/schema.ts";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import { type Json, unkept } from "../../kernel/json.ts";
import { demand } from "../granted.ts";
import { type Action, type ActionContext, action } from "../kind.ts";
import { type Bound, bounded } from "./bounded.ts";
import type { OwnAction } from "./form.ts";

/** What cannot stand in the journal cannot be given back to undo. */
const LONGEST_NOTE = 786_432;

const settled = z.object({
  says: z.string("`says` gives a sentence").min(1, "`says` gives a sentence"),
  grants: z
    .array(z.string("`grants` gives a list of texts"), "`grants` gives a list of texts")
    .min(1, "`grants` names nothing: name what it needs, `own:NAME` where no other verb says it"),
  targets: z.int("`targets` gives a whole number").min(0, "`targets` gives no negative number"),
  agents: z.array(z.string(), "`agents` gives a list of ids"),
  outside: z.boolean("`outside` gives true or false"),
  publishes: z.array(z.object({ type: z.string(), data: z.json() }), "`publishes` gives a list of {type, data}"),
});
const detail = z.string("`detail` is missing").min(1, "`detail` says nothing");
const ran = z.object({ detail, evidence: z.json("`evidence` is no JSON").optional() });
const undone = z.object({
  same: z.boolean("`same` is true, false or null").nullable(),
  detail,
});
const note = z.json("what `prepare` gives has to be JSON");

/** Where an action of one's own comes from. */
export type OwnFile = Required<Pick<Action, "source" | "code">>;

/**
 * A user's own kind as the registry keeps it. It keeps the invariants of `ActionKind` by itself where the file does not:
 * grants are demanded before each effect, its time is limited, what it gives is looked at, and what it throws while it is
 * judged refuses the plan alone. Unless it says otherwise, its effect counts as one outside of what AIOS owns.
 */
export function guardedAction(own: OwnAction, file: OwnFile, usualMs: number): Action {
  const { source } = file;
  const { name, timeoutMs: limitMs = usualMs } = own;
  const params = own.params.strict();
  const kind = action<unknown>({ ...own, params, ownScope: own.ownScope ?? [], outside: own.outside ?? (() => true) });
  const failed = (member: string, failure: unknown) => `${name} (${source}): \`${member}\`: ${messageOf(failure)}`;

  const settle: Action["settle"] = (raw, selections) => {
    try {
      return judged(kind.settle(raw, selections), `${name} (${source})`);
    } catch (failure) {
      return { kind: "refused", reason: "params", detail: `${name} (${source}): ${messageOf(failure)}` };
    }
  };
  const within = async <T>(
    member: Bound["member"],
    given: Params,
    context: ActionContext,
    work: (context: ActionContext) => Promise<T>,
  ): Promise<T> => {
    const facts = settle(given, { idleAgents: [], maxTargets: Number.MAX_SAFE_INTEGER });
    if (facts.kind === "refused") throw new AiosError("action.refused", facts.detail);
    demand(facts.grants, context);
    return bounded({ name, member, limitMs }, context, work);
  };
  const read = <S extends z.ZodType>(schema: S, value: unknown, member: string): z.output<S> => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const why = result.error.issues.map(({ message }) => message).join("; ");
    throw new AiosError("action.failed", failed(member, new Error(why)));
  };

  return {
    ...kind,
    ...file,
    check(given) {
      try {
        return kind.check(given);
      } catch (failure) {
        return [{ path: "", message: failed("params", failure) }];
      }
    },
    settle,
    async prepare(given, context) {
      const value: Json = read(
        note,
        await within("prepare", given, context, (open) => kind.prepare(given, open)),
        "prepare",
      );
      const lost = unkept(value);
      if (lost !== undefined) throw new AiosError("action.failed", failed("prepare", new Error(lost.why)));
      if (JSON.stringify(value).length > LONGEST_NOTE)
        throw new AiosError("action.refused", `${name}: what undo needs is more than the journal keeps`);
      return value;
    },
    async run(given, context) {
      const result = read(ran, await within("run", given, context, (open) => kind.run(given, open)), "run");
      return {
        detail: result.detail,
        ...(result.evidence === undefined ? {} : { evidence: result.evidence }),
      };
    },
    undo: async (given, before, context) =>
      read(undone, await within("undo", given, context, (open) => kind.undo(given, before, open)), "undo"),
  };
}

/** What the file says of one call, as long as it can be used. */
function judged(said: SettledAction, who: string): SettledAction {
  if (said.kind === "refused") return { ...said, detail: `${who}: ${said.detail}` };
  const read = settled.safeParse(said);
  if (!read.success) {
    const why = read.error.issues.map(({ message }) => message).join("; ");
    return { kind: "refused", reason: "params", detail: `${who}: ${why}` };
  }
  const [fault] = judgeGrants(said.grants, "grants");
  if (fault === undefined) return said;
  return { kind: "refused", reason: "grant", detail: `${who}: ${fault.path}: ${fault.message}` };
}
