import { type DraftExample, draftId } from "../domain/playbook/draft.ts";
import { type AnyEvent, type EventOf, is } from "../events/envelope.ts";
import { inGroups } from "../kernel/checkpointed.ts";
import { groupsOf, listOf, objectOf, pairOf, row, text } from "../kernel/shape.ts";
import { announce, type Output } from "../machines/output.ts";
import type { Identity } from "./failure-identity.ts";
import type { Reflex } from "./kind.ts";
import { refill } from "./views/view.ts";

/** Drafts that wait for a person at once; with one more the oldest is withdrawn. */
export const MOST_DRAFTS = 100;
const EXAMPLES = 3;
/** Failures and chains of events that are remembered. */
const MOST_FAILURES = 5_000;
const MOST_CHAINS = 1_000;

const saved = objectOf({
  examples: groupsOf(pairOf(text, listOf(row<DraftExample>()))),
  settled: groupsOf(pairOf(text, text)),
  waiting: listOf(text),
  chains: groupsOf(pairOf(text, text)),
  answered: groupsOf(pairOf(text, text)),
});

type Why = EventOf<"playbook.draft_withdrawn">["data"]["why"];

/**
 * Drafts a playbook for a failure that has a lesson and that no playbook has ever answered, once for each failure. What
 * answers is seen in the journal: a playbook that was matched by the failure, by its attempt or by what followed from
 * both, also where a limit held it back. A draft is withdrawn as soon as a playbook answers its failure after all.
 */
export function playbookDrafter(identity: Pick<Identity, "resolve">): Reflex {
  const examples = new Map<string, readonly DraftExample[]>();
  /** Failures that get no draft (any more), and why: the playbook that answers, or what became of the draft. */
  const settled = new Map<string, string>();
  /** Failures whose draft waits for a person, oldest first. */
  const waiting = new Set<string>();
  /** What failed last, by task and by chain of events; and chains that a playbook answered before anything was known. */
  const chains = new Map<string, string>();
  const answered = new Map<string, string>();
  return {
    name: "playbook-drafter",
    listens: ["failure.observed", "failure.aliased", "playbook.matched", "playbook.suppressed", "lesson.remedied"],
    state: {
      name: "playbook-drafter",
      version: 1,
      snapshot: () => ({
        examples: inGroups([...examples]),
        settled: inGroups([...settled]),
        waiting: [...waiting],
        chains: inGroups([...chains]),
        answered: inGroups([...answered]),
      }),
      restore(value) {
        const read = saved(value, "playbook-drafter");
        refill(examples, read.examples);
        refill(settled, read.settled);
        waiting.clear();
        for (const fingerprint of read.waiting) waiting.add(fingerprint);
        refill(chains, read.chains);
        refill(answered, read.answered);
      },
    },
    hear(event) {
      if (is(event, "failure.observed")) return observe(event);
      if (is(event, "failure.aliased")) return unite(event);
      if (is(event, "lesson.remedied"))
        return answer(identity.resolve(event.data.fingerprint), event.data.playbookId, event);
      if (is(event, "playbook.matched")) return event.data.via === "manual" ? [] : called(event);
      return is(event, "playbook.suppressed") ? called(event) : [];
    },
  };

  function observe(event: EventOf<"failure.observed">): readonly Output[] {
    const { data, correlationid } = event;
    const fingerprint = identity.resolve(data.fingerprint);
    remember(chains, `task/${data.taskId}`, fingerprint, MOST_CHAINS);
    remember(chains, correlationid, fingerprint, MOST_CHAINS);
    const before = examples.get(fingerprint) ?? [];
    if (before.length < EXAMPLES && before.every(({ taskId }) => taskId !== data.taskId))
      remember(examples, fingerprint, [...before, exampleOf(data)], MOST_FAILURES);
    const by = data.remedy ?? answered.get(correlationid);
    if (by !== undefined) return answer(fingerprint, by, event);
    return data.lessonId === undefined || settled.has(fingerprint) || waiting.has(fingerprint)
      ? []
      : drafted(event, fingerprint, data.lessonId);
  }

  function drafted({ data }: EventOf<"failure.observed">, fingerprint: string, lessonId: string): readonly Output[] {
    waiting.add(fingerprint);
    const playbookId = draftId(fingerprint);
    const { ruleVersion, template, tasks } = data;
    const known = [...(examples.get(fingerprint) ?? [])];
    const evidence = known.map(({ taskId }) => taskId);
    const told = { playbookId, fingerprint, ruleVersion, lessonId, template, tasks, evidence, examples: known };
    const draft = announce("playbook.drafted", told, { subject: `playbook/${playbookId}`, key: playbookId });
    const [oldest] = waiting;
    const tooMany = waiting.size > MOST_DRAFTS && oldest !== undefined;
    return [draft, ...(tooMany ? withdraw(oldest, { why: "too_many" }) : [])];
  }

  function called(event: EventOf<"playbook.matched"> | EventOf<"playbook.suppressed">): readonly Output[] {
    const { playbookId, fingerprint } = event.data;
    const taskId = is(event, "playbook.matched") ? event.data.taskId : undefined;
    const key = taskId === undefined ? event.correlationid : `task/${taskId}`;
    const failure = fingerprint ?? chains.get(key);
    if (failure !== undefined) return answer(identity.resolve(failure), playbookId, event);
    remember(answered, event.correlationid, playbookId, MOST_CHAINS);
    return [];
  }

  function answer(fingerprint: string, by: string, event: AnyEvent): readonly Output[] {
    if (waiting.has(fingerprint)) return withdraw(fingerprint, { why: "answered", by, evidence: event.id });
    remember(settled, fingerprint, by, MOST_FAILURES);
    return [];
  }

  /** Two failures are one: what is known of either holds for both, and at most one draft goes on. */
  function unite({ data }: EventOf<"failure.aliased">): readonly Output[] {
    const to = identity.resolve(data.to);
    const { from } = data;
    const known = [...(examples.get(to) ?? []), ...(examples.get(from) ?? [])].slice(0, EXAMPLES);
    examples.delete(from);
    if (known.length > 0) remember(examples, to, known, MOST_FAILURES);
    const by = settled.get(from);
    const outputs: Output[] = [];
    // The next time that it strikes it is drafted under its present name.
    if (waiting.has(from)) outputs.push(...withdraw(from, { why: "renamed", by: to }));
    settled.delete(from);
    if (by !== undefined && waiting.has(to)) outputs.push(...withdraw(to, { why: "answered", by }));
    else if (by !== undefined) remember(settled, to, by, MOST_FAILURES);
    return outputs;
  }

  function withdraw(
    fingerprint: string,
    about: { readonly why: Why; readonly by?: string; readonly evidence?: string },
  ): readonly Output[] {
    waiting.delete(fingerprint);
    remember(settled, fingerprint, about.by ?? about.why, MOST_FAILURES);
    const playbookId = draftId(fingerprint);
    const data = { playbookId, fingerprint, ...about };
    return [
      announce("playbook.draft_withdrawn", data, {
        subject: `playbook/${playbookId}`,
        key: `${playbookId}/${about.why}`,
      }),
    ];
  }
}

function exampleOf({ taskId, agentId, attempt, reason, code, exitCode, status }: EventOf<"failure.observed">["data"]) {
  return {
    taskId,
    agentId,
    attempt,
    reason,
    ...(code === undefined ? {} : { code }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(status === undefined ? {} : { status }),
  };
}

/** The key moves to the end; beyond `most` the first goes. */
function remember<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [first] = map.keys();
  if (map.size > most && first !== undefined) map.delete(first);
}
