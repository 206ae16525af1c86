import type { Answer } from "../../domain/playbook/answer.ts";
import { followersOf, predecessorAmong, saySequel, sayWaits } from "../../domain/playbook/chain.ts";
import { sayComparison } from "../../domain/playbook/match.ts";
import type { Explanation as RuleExplanation } from "../../domain/playbook/rules.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { Explanations } from "../../http/shapes/remedy.ts";
import { toJson } from "../../kernel/json.ts";
import type { Runtime } from "../../runtime.ts";

type Considered = Explanations["considered"][number];

/** Which playbooks an event concerns, why the others not, and what would follow now: from the code that decides. */
export async function explained(event: AnyEvent, { remedies, facts }: Runtime): Promise<Explanations> {
  const known = facts.of(event);
  const { find } = remedies.rules;
  const called = remedies.called(event, known);
  const answers = await remedies.answers(event, called);
  const considered = remedies.rules.rules.map((rule): Considered => {
    const { id } = rule.playbook;
    const via = called.find((one) => one.rule === rule);
    const answer = answers.find((one) => playbookOf(one) === id);
    const first = via === undefined && rule.matches(known) ? predecessorAmong(called, id, find) : undefined;
    const waits = first === undefined ? undefined : sayWaits(first);
    const follows = followsOf(remedies.isEnabled(id), via !== undefined, answer, followersOf(id, find)) ?? waits;
    return { ...consideredOf(rule.explain(known)), ...(follows === undefined ? {} : { follows }) };
  });
  const chosen = answers.find((one) => one.kind === "run");
  return { considered, chosen: chosen === undefined ? null : playbookOf(chosen), text: textOf(event, considered) };
}

function playbookOf(answer: Answer): string {
  return answer.kind === "run" ? answer.order.playbookId : answer.rule.playbook.id;
}

function consideredOf({ playbookId, matched, verdict, comparisons, why }: RuleExplanation): Considered {
  const conditions = comparisons.map((comparison) => ({
    path: comparison.path,
    says: sayComparison(comparison),
    ...(comparison.seen === undefined ? {} : { seen: toJson(comparison.seen) ?? null }),
    holds: comparison.verdict,
  }));
  const told = conditions.length > 0 ? conditions : [{ path: "event.type", says: why.join("; "), holds: matched }];
  return { playbook: playbookId, verdict: verdictOf(verdict), conditions: told };
}

function verdictOf(verdict: boolean | null): Considered["verdict"] {
  if (verdict === null) return "unknown";
  return verdict ? "match" : "no_match";
}

function followsOf(
  enabled: boolean,
  called: boolean,
  answer: Answer | undefined,
  followers: readonly string[],
): string | undefined {
  if (!enabled) return "it is disabled";
  if (!called) return undefined;
  if (answer === undefined) return "a playbook that is better proven goes first";
  switch (answer.kind) {
    case "run":
      return `${answer.order.plan.needsApproval ? "it asks a person" : "it acts"}${saySequel(followers)}`;
    case "suppressed":
      return `held back: ${answer.reason}: ${answer.detail}`;
    case "refused":
      return `refused: ${answer.reason}`;
  }
}

function textOf({ type, sequence }: AnyEvent, considered: readonly Considered[]): string {
  const lines = considered.map(({ playbook, verdict, conditions, follows }) => {
    const failed = conditions.filter(({ holds }) => (verdict === "match" ? holds === true : holds !== true));
    const because = (failed.length > 0 ? failed : conditions).map(({ says }) => says).join("; ");
    return `${playbook}: ${verdict.replace("_", " ")}, ${because}${follows === undefined ? "" : `; ${follows}`}`;
  });
  return [`${type} (sequence ${sequence})`, ...lines].join("\n");
}
