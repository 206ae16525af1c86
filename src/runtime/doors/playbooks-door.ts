import { reactorNow } from "../../actors/reactor.ts";
import type { DraftRow } from "../../actors/views/drafts.ts";
import { type PlaybookRow, verifiedSuccess } from "../../actors/views/playbooks.ts";
import { runIdOf } from "../../domain/playbook/answer.ts";
import { draftPlaybook } from "../../domain/playbook/draft.ts";
import { readPlaybook } from "../../domain/playbook/read.ts";
import type { Rule, RuleSet } from "../../domain/playbook/rules.ts";
import { unfinished } from "../../domain/playbook/unfinished.ts";
import type { PlaybooksDoor } from "../../http/deps.ts";
import { principalName } from "../../http/principals.ts";
import type { PlaybookDraft, PlaybookView, RunInput, RunView } from "../../http/shapes/remedy.ts";
import { AiosError } from "../../kernel/errors.ts";
import { toJson } from "../../kernel/json.ts";
import type { Runtime } from "../../runtime.ts";
import { chosenEvent, imagined } from "./chosen-event.ts";
import { explained } from "./explanation.ts";
import { proposed, rehearsedProposals } from "./proposals.ts";
import { provenBy } from "./proven.ts";
import { planned, rehearsed } from "./rehearsal.ts";
import { runView } from "./runs-door.ts";

export function playbooksDoor(runtime: Runtime): PlaybooksDoor {
  const { bus, remedies, ruleKeeper, views } = runtime;
  const known = (id: string): Rule => {
    const rule = remedies.rules.find(id);
    if (rule === undefined) throw new AiosError("playbook.unknown", `there is no playbook "${id}"`);
    return rule;
  };
  const show = (rule: Rule) => playbookView(rule, views.playbooks.get(rule.playbook.id), runtime);
  return {
    list: () => remedies.rules.rules.map(show),
    refused: () => ruleKeeper.refused,
    get: (id) => {
      const rule = remedies.rules.find(id);
      if (rule === undefined) return undefined;
      const { record } = reactorNow(runtime.host).context;
      return { ...show(rule), proven: provenBy(record, id), document: toJson(rule.playbook) ?? null };
    },
    drafts: () => views.drafts.list().map((row) => draftView(row, remedies.rules)),
    async enable(id, enabled, by) {
      const rule = known(id);
      const person = principalName(by);
      if (remedies.isEnabled(id) !== enabled)
        await bus.publish({
          type: enabled ? "playbook.enabled" : "playbook.disabled",
          subject: `playbook/${id}`,
          principal: person,
          data: { playbookId: id, by: person },
        });
      return show(rule);
    },
    async dryRun(id, choice) {
      const rule = known(id);
      return rehearsed(rule, await chosenEvent(runtime, choice), runtime);
    },
    run: async (id, input, by) =>
      startedRun(known(id), await requestOf(id, input, principalName(by), runtime), runtime),
    async rehearseRun(id, input, by) {
      const rule = known(id);
      const { type, data } = await requestOf(id, input, principalName(by), runtime);
      const event = imagined({ type, data: toJson(data) ?? null }, runtime);
      return planned({ rule, via: "manual", why: [`${data.by} would start it`] }, event, runtime);
    },
    async reload() {
      const { outcome, changed, refused } = await ruleKeeper.reload();
      return { outcome, changed: [...changed], refused: [...refused] };
    },
    suggest: (choice) => proposed(choice, runtime),
    rehearseSuggested: (choice) => rehearsedProposals(choice, runtime),
    async explain(choice) {
      return explained(await chosenEvent(runtime, choice), runtime);
    },
  };
}

function draftView(row: DraftRow, { drafts, catalogue }: RuleSet): PlaybookDraft {
  const { playbookId: id, fingerprint, template, lessonId: lesson, tasks, evidence, atMs } = row;
  const document = draftPlaybook(row);
  const read = readPlaybook(document);
  const file = drafts.find(({ playbook }) => playbook.id === id)?.file;
  return {
    id,
    title: typeof document["title"] === "string" ? document["title"] : id,
    fingerprint,
    template,
    lesson,
    tasks,
    evidence: [...evidence],
    unfinished: read.kind === "ok" ? [...unfinished(read.playbook, catalogue)] : [],
    ...(file === undefined ? {} : { file }),
    document,
    atMs,
  };
}

function playbookView(rule: Rule, row: PlaybookRow | undefined, { remedies }: Runtime): PlaybookView {
  const { id, title, description, trigger, risk, actions, validation, next, tests } = rule.playbook;
  const { outcomes } = row ?? {};
  const { fixed = 0, not_fixed = 0, unverified = 0, relapsed = 0, refused = 0, expired = 0 } = outcomes ?? {};
  const success = row === undefined ? { value: null, n: 0 } : verifiedSuccess(row);
  return {
    id,
    title,
    description,
    enabled: remedies.isEnabled(id),
    hash: rule.hash,
    file: rule.file,
    eventType: trigger.eventType,
    risk,
    actions: actions.map(({ type }) => type),
    check: validation.check,
    next,
    tested: tests.length > 0,
    runs: { settled: fixed + not_fixed + unverified + relapsed + refused + expired, fixed, notFixed: not_fixed },
    success: { value: success.value, n: success.n },
  };
}

/** The event by which a person starts a run. */
async function requestOf(playbookId: string, { about, parameters }: RunInput, by: string, runtime: Runtime) {
  const { type, data, subject, severity } = await chosenEvent(runtime, about);
  const event = { type, data: toJson(data) ?? null, severity, ...(subject === undefined ? {} : { subject }) };
  return { type: "playbook.run_requested", data: { playbookId, by, event, parameters } } as const;
}

/** Journals the wish, and waits until it was answered. */
async function startedRun(
  { playbook: { id } }: Rule,
  request: Awaited<ReturnType<typeof requestOf>>,
  { bus, remedies, views, ports }: Runtime,
): Promise<RunView> {
  const receipt = await bus.publish({ ...request, subject: `playbook/${id}`, principal: request.data.by });
  await remedies.settled();
  const runId = runIdOf(receipt.id, id, ports.hash);
  const row = views.runs.get(runId);
  if (row !== undefined) return runView(row);
  const held = views.runs.suppressed().find((one) => one.id === runId);
  const why = held === undefined ? "the engine did not answer it" : `${held.reason}: ${held.detail}`;
  throw new AiosError("playbook.held_back", `playbook "${id}" was not started: ${why}`);
}
