import type { Answer, Called } from "../../domain/playbook/answer.ts";
import { followersOf, predecessorAmong, sayWaits } from "../../domain/playbook/chain.ts";
import type { Rule } from "../../domain/playbook/rules.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { DryRun } from "../../http/shapes/remedy.ts";
import { toJson } from "../../kernel/json.ts";
import type { Runtime } from "../../runtime.ts";

/** The very decision of the live path, with the pre-checks read for real; nothing follows from it. */
export async function rehearsed(rule: Rule, event: AnyEvent, runtime: Runtime): Promise<DryRun> {
  const { remedies, facts } = runtime;
  const playbook = rule.playbook.id;
  const { matched, why } = rule.explain(facts.of(event));
  const { find } = remedies.rules;
  const all = remedies.called(event);
  const taught = all.find((called) => called.rule === rule);
  const followers = [...followersOf(playbook, find)];
  if (!matched && taught === undefined) return { playbook, followers, verdict: "no_match", reason: why.join("; ") };
  const first = taught === undefined ? predecessorAmong(all, playbook, find) : undefined;
  if (first !== undefined) return { playbook, followers, verdict: "suppressed", reason: sayWaits(first) };
  return planned(taught ?? { rule, via: "trigger", why }, event, runtime);
}

/** What would follow if this playbook were called by the event; nothing follows from asking. */
export async function planned(called: Called, event: AnyEvent, runtime: Runtime): Promise<DryRun> {
  const playbook = called.rule.playbook.id;
  const [answer] = await runtime.remedies.answers(event, [called]);
  const followers = [...followersOf(playbook, runtime.remedies.rules.find)];
  if (answer === undefined) return { playbook, followers, verdict: "no_match", reason: called.why.join("; ") };
  const decided = answer.kind === "run" ? await checkedPlan(answer, event, runtime) : refusalOf(answer, playbook);
  return { ...decided, followers };
}

function refusalOf(answer: Exclude<Answer, { kind: "run" }>, playbook: string): Omit<DryRun, "followers"> {
  const { target, runId: run } = answer;
  if (answer.kind === "refused") return { playbook, verdict: "refused", reason: answer.reason, target, run };
  const reason = `${answer.reason}: ${answer.detail}`;
  return { playbook, verdict: "suppressed", reason, target, planHash: answer.planHash, run };
}

async function checkedPlan(
  { order }: Extract<Answer, { kind: "run" }>,
  event: AnyEvent,
  { obstacles }: Runtime,
): Promise<Omit<DryRun, "followers">> {
  const { playbookId: playbook, plan, planHash, target, runId: run } = order;
  const found = { playbook, target, plan: toJson(plan) ?? null, planHash, run };
  const against = await obstacles(order, event);
  if (against.length > 0) return { ...found, verdict: "refused", reason: against.join("; ") };
  return plan.needsApproval
    ? { ...found, verdict: "would_ask", reason: plan.riskWhy.join("; ") }
    : { ...found, verdict: "would_act", reason: order.why.join("; ") };
}
