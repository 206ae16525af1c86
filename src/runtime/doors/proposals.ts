import type { FailureRow } from "../../actors/views/failures.ts";
import { textOfPlaybook, textsIn } from "../../domain/playbook/likeness.ts";
import type { Rule } from "../../domain/playbook/rules.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { Proposal, ProposalChoice, Proposals, RehearsedProposals } from "../../http/shapes/proposal.ts";
import { AiosError } from "../../kernel/errors.ts";
import { isJsonObject, type Json, toJson } from "../../kernel/json.ts";
import { type Like, Likenesses, type Text } from "../../memory/ranking/likeness.ts";
import type { Runtime } from "../../runtime.ts";
import { chosenEvent, imagined } from "./chosen-event.ts";
import { planned } from "./rehearsal.ts";

/** More are no help to whoever has to choose. */
const MOST = 3;

/** What is looked for: in words, as the failure that it is, and as the event that a rehearsal is about. */
interface Wanted {
  readonly text: string;
  readonly failure: FailureRow | undefined;
  readonly event: AnyEvent | undefined;
}

/**
 * Playbooks that may help where none is called: those that mend this very failure or one that differs from it in a word,
 * then those whose own text, or whose lessons, are most like it. It is an answer to whoever asked and nothing else: nothing
 * is journaled, so that nothing can be called by it.
 *
 * @throws {AiosError} `not_found` for a failure or an event that is not there, `event.invalid` as `chosenEvent`
 */
export async function proposed(choice: ProposalChoice, runtime: Runtime): Promise<Proposals> {
  return proposalsFor(await wantedOf(choice, runtime), runtime);
}

/** The same, with what the first of them would do if a person started it. */
export async function rehearsedProposals(choice: ProposalChoice, runtime: Runtime): Promise<RehearsedProposals> {
  const wanted = await wantedOf(choice, runtime);
  const answer = await proposalsFor(wanted, runtime);
  const [best] = answer.items;
  const rule = best === undefined ? undefined : runtime.remedies.rules.find(best.playbook);
  if (best === undefined || rule === undefined) return answer;
  if (wanted.event === undefined)
    throw new AiosError("input.invalid", "nothing can be rehearsed on a message that was never seen: give an event", {
      faults: [{ path: "text", message: "no task failed with it yet; give an event, or leave the dry run out" }],
    });
  const rehearsal = await planned({ rule, via: "manual", why: [best.reason] }, wanted.event, runtime);
  return { ...answer, rehearsal };
}

async function proposalsFor(wanted: Wanted, runtime: Runtime): Promise<Proposals> {
  const { remedies, config } = runtime;
  const { event, failure } = wanted;
  const leastScore = config.reactor.proposalScore;
  const called = event === undefined ? [] : remedies.called(event);
  const about = {
    ...(failure === undefined ? {} : { fingerprint: failure.fingerprint }),
    answeredBy: called.map(({ rule }) => rule.playbook.id),
    leastScore,
  };
  if (called.length > 0) return { ...about, items: [] };
  const found = new Map<string, Proposal>();
  const all = [...byFingerprint(failure, runtime), ...(await byText(wanted.text, runtime))];
  for (const one of all) if (one.score >= leastScore && !found.has(one.playbook)) found.set(one.playbook, one);
  return { ...about, items: [...found.values()].slice(0, MOST) };
}

/** The remedy of the failure itself, then those of failures whose messages differ from it at a place or two. */
function byFingerprint(failure: FailureRow | undefined, runtime: Runtime): readonly Proposal[] {
  if (failure === undefined) return [];
  const { views, identity } = runtime;
  const own = proposalOf(failure.remedy, runtime, {
    score: 1,
    by: "fingerprint",
    reason: "it fixed this very failure before",
    words: [],
  });
  const near = (identity.standing(failure.fingerprint)?.beside ?? []).flatMap(({ template, columns, others }) => {
    const score = (template.length - columns.length) / template.length;
    return others.flatMap((other) => {
      const row = views.failures.get(other);
      const reason = `it fixed ${row?.fingerprint ?? other} before, which is equal but for ${columns.length === 1 ? "a word" : `${columns.length} words`}: ${row?.template ?? ""}`;
      return proposalOf(row?.remedy, runtime, { score, by: "fingerprint", reason, words: [] });
    });
  });
  return [...own, ...near.sort((a, b) => b.score - a.score)];
}

function proposalOf(
  id: string | undefined,
  { remedies }: Runtime,
  about: Pick<Proposal, "score" | "by" | "reason" | "words">,
): readonly Proposal[] {
  const rule = id === undefined ? undefined : remedies.rules.find(id);
  if (rule === undefined) return [];
  const { playbook } = rule;
  return [{ playbook: playbook.id, title: playbook.title, enabled: remedies.isEnabled(playbook.id), ...about }];
}

async function byText(text: string, runtime: Runtime): Promise<readonly Proposal[]> {
  const lessons = await lessonTexts(runtime);
  const texts = runtime.remedies.rules.rules.map((rule) => textOf(rule, lessons, runtime));
  return new Likenesses(texts, runtime.palace.glossary).mostLike(text, MOST).flatMap((like) =>
    proposalOf(like.key, runtime, {
      score: round(like.score),
      by: "text",
      reason: reasonOf(like),
      words: [...like.words],
    }),
  );
}

function reasonOf({ words, coverage }: Like): string {
  return `it says ${Math.round(coverage * 100)} % of what is asked: ${words.join(", ")}`;
}

function textOf({ playbook }: Rule, lessons: ReadonlyMap<string, readonly string[]>, { views }: Runtime): Text {
  const { title, content } = textOfPlaybook(playbook);
  const { fixed = 0, not_fixed = 0 } = views.playbooks.get(playbook.id)?.outcomes ?? {};
  const taught = lessons.get(playbook.id) ?? [];
  const outcomes = { fixes: fixed, failures: not_fixed };
  return { key: playbook.id, title, content: [content, ...taught].join("\n"), outcomes };
}

/** What failures look like that a playbook mends, by playbook; what was forgotten is not there any more. */
async function lessonTexts({ views, palace }: Runtime): Promise<ReadonlyMap<string, readonly string[]>> {
  const remedied = views.failures.list().filter(({ lesson, remedy }) => lesson !== undefined && remedy !== undefined);
  const texts = new Map<string, readonly string[]>();
  if (remedied.length === 0) return texts;
  const items = await palace.list({ kind: "lesson" }, { space: "shared" });
  const titles = new Map(items.map(({ key, title = "" }) => [key, title]));
  for (const { lesson = "", remedy = "" } of remedied)
    texts.set(remedy, [...(texts.get(remedy) ?? []), unmasked(titles.get(lesson) ?? "")]);
  return texts;
}

async function wantedOf(choice: ProposalChoice, runtime: Runtime): Promise<Wanted> {
  if ("failure" in choice) return ofFailure(choice.failure, runtime);
  if ("text" in choice) return ofMessage(choice.text, runtime);
  const event = await chosenEvent(runtime, choice);
  const { failure } = runtime.facts.of(event);
  const row = failure === undefined ? undefined : runtime.views.failures.get(failure.fingerprint);
  const said =
    failure === undefined
      ? [event.type, ...textsIn(withoutNames(toJson(event.data) ?? null))]
      : [failure.template, failure.code ?? ""];
  return { text: unmasked(said.join("\n")), failure: row, event };
}

function ofFailure(fingerprint: string, runtime: Runtime): Wanted {
  const row = runtime.views.failures.get(fingerprint);
  if (row === undefined)
    throw new AiosError("not_found", `no failure of the fingerprint "${fingerprint}" was recognised`);
  return {
    text: unmasked([row.template, ...Object.keys(row.codes)].join("\n")),
    failure: row,
    event: struck(row, runtime),
  };
}

function ofMessage(text: string, runtime: Runtime): Wanted {
  const { identity, views } = runtime;
  const row = views.failures.get(identity.resolve(identity.explain(text).id));
  return { text, failure: row, event: row === undefined ? undefined : struck(row, runtime) };
}

/** The failure as if it struck its last task again now. */
function struck(row: FailureRow, runtime: Runtime): AnyEvent {
  const { fingerprint, ruleVersion, template, tasks, lastTask: taskId, lastReason: reason, agents } = row;
  const agentId = runtime.views.tasks.get(taskId)?.agent ?? agents.at(-1) ?? "";
  const data = { fingerprint, ruleVersion, template, taskId, agentId, attempt: 1, tasks, reason };
  return imagined({ type: "failure.observed", data }, runtime);
}

/** Names of masked values say nothing of the failure. */
function unmasked(template: string): string {
  return template.replaceAll(/<[a-z_*]+>/gu, " ");
}

/** An id is no word, and no playbook says it. */
function withoutNames(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNames);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !/(?:Id|^id|fingerprint)$/u.test(name))
      .map(([name, inner]) => [name, withoutNames(inner)]),
  );
}

function round(score: number): number {
  return Math.round(score * 1_000) / 1_000;
}
