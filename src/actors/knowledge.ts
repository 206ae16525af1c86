import {
  creditLesson,
  FAILURES,
  type FailureBook,
  type FailureRecord,
  newLesson,
  type OpenFailureBook,
  seeFailure,
  unitedTasks,
  uniteFailures,
} from "../domain/failure-book.ts";
import { boundsFor, WORDINGS } from "../domain/fingerprint/group-bounds.ts";
import type { Alias } from "../domain/fingerprint/group-memory.ts";
import { explainOpening } from "../domain/fingerprint/show.ts";
import { isDraftDue, isTrusted, lessonConfidence, provenTargets } from "../domain/lesson.ts";
import { type EventOf, is } from "../events/envelope.ts";
import { inGroups } from "../kernel/checkpointed.ts";
import type { Hash } from "../kernel/hash.ts";
import { anything, groupsOf, listOf, objectOf, optional, pairOf, row, type Shape, text } from "../kernel/shape.ts";
import { targetKey } from "../kernel/target.ts";
import { type Announcement, announce, type Output } from "../machines/output.ts";
import { FailureIdentity, type Identity } from "./failure-identity.ts";
import type { Reflex } from "./kind.ts";

/** The rules of engines that did not write down by which ones a failure was recognised. */
const RULES_UNSAID = 2;
/** Attempts whose recognition the journal does not have yet; more are only ever there when it lost some. */
const MOST_UNDER_WAY = 1_000;
/** Agents of which the last failure is remembered. */
const MOST_AGENTS = 10_000;

function writtenRecord(record: FailureRecord) {
  return { ...record, taskIds: [...record.taskIds] };
}

const readRecord: Shape<FailureRecord> = (value, at) => {
  const record = row<Omit<FailureRecord, "taskIds"> & { readonly taskIds: unknown }>()(value, at);
  const { lesson, rules = RULES_UNSAID } = record as Partial<FailureRecord>;
  return { ...record, lesson, rules, taskIds: new Set(listOf(text)(record.taskIds, `${at}.taskIds`)) };
};

interface UnderWay {
  readonly id: string;
  readonly taskId: string;
}

// A checkpoint of an engine that did not note what the memory was given has no `stored`, of one that recognised each
// message by itself no `identity`.
const saved = objectOf({
  book: groupsOf(readRecord),
  stored: optional(groupsOf(pairOf(text, text))),
  identity: anything,
  underWay: optional(groupsOf(pairOf(text, row<UnderWay>()))),
  lastOf: optional(groupsOf(pairOf(text, text))),
  forgotten: optional(groupsOf(text)),
});

/** What the engine itself stores about failures. */
const OWN = /^(?:lesson|failure)-/;

/** Failures that are the agent's own; what was cancelled, interrupted or never begun teaches nothing. */
const telling: ReadonlySet<string> = new Set(["error", "exit", "signal", "timeout", "output", "spawn"]);

/** How much is remembered before what is rare and old is forgotten. */
export interface KnowledgeBounds {
  /** Wordings, which say what is one failure. */
  readonly wordings: number;
  /** Failures and their counts; those with a lesson are kept beyond it. */
  readonly remembered: number;
}

const usualBounds: KnowledgeBounds = { wordings: WORDINGS, remembered: FAILURES };

export interface Knowledge extends Reflex {
  readonly book: () => FailureBook;
  /** Hash of what the memory was last given of a lesson, as the journal says. */
  readonly stored: (lessonId: string) => string | undefined;
  /** Whether somebody had the memory forget a shared item: what is forgotten is not stored again. */
  readonly forgotten: (key: string) => boolean;
  readonly identity: Identity;
  /** The fingerprint of what an agent failed with last. */
  readonly lastOf: (agentId: string) => string | undefined;
}

/**
 * Recognises failures by their fingerprint, begins a lesson at the third distinct task, and moves its level by the
 * verified outcomes of its remedy.
 *
 * The book is folded from what the journal says was recognised, so an engine with other rules reads the same counts and
 * lessons from it; what these rules call them is told to the journal at the start.
 */
export function knowledgeReflex(hash: Hash, bounds: KnowledgeBounds = usualBounds): Knowledge {
  const identity = new FailureIdentity(hash, boundsFor(bounds.wordings));
  let book: OpenFailureBook = new Map();
  let stored = new Map<string, string>();
  let forgotten = new Set<string>();
  let underWay = new Map<string, UnderWay>();
  let lastOf = new Map<string, string>();
  return {
    name: "knowledge",
    state: {
      name: "knowledge",
      version: 1,
      snapshot: () => ({
        book: inGroups([...book.values()], writtenRecord),
        stored: inGroups([...stored]),
        forgotten: inGroups([...forgotten]),
        identity: identity.snapshot(),
        underWay: inGroups([...underWay]),
        lastOf: inGroups([...lastOf]),
      }),
      restore(value) {
        const read = saved(value, "knowledge");
        identity.restore(read.identity, "knowledge.identity");
        stored = new Map(read.stored ?? []);
        forgotten = new Set(read.forgotten ?? []);
        underWay = new Map(read.underWay ?? []);
        lastOf = new Map(read.lastOf ?? []);
        book = new Map(read.book.map((record) => [record.fingerprint, record]));
      },
    },
    listens: [
      "task.attempt_failed",
      "failure.observed",
      "failure.aliased",
      "playbook.settled",
      "playbook.relapsed",
      "memory.stored",
      "memory.forgotten",
      "engine.started",
    ],
    book: () => book,
    stored: (lessonId) => stored.get(lessonId),
    forgotten: (key) => forgotten.has(key),
    identity,
    lastOf(agentId) {
      const last = lastOf.get(agentId);
      return last === undefined ? undefined : identity.resolve(last);
    },
    hear(event) {
      if (is(event, "memory.stored")) return note(event);
      if (is(event, "memory.forgotten")) return forget(event);
      if (is(event, "task.attempt_failed")) return observe(event);
      if (is(event, "failure.observed")) return count(event);
      if (is(event, "failure.aliased")) return unite(event);
      if (is(event, "engine.started")) return untold();
      if (is(event, "playbook.settled")) return credit(event);
      return is(event, "playbook.relapsed") ? takeBack(event) : [];
    },
  };

  /** Others may store under a lesson's key too: what they say is not the lesson's own. */
  function note({ subject, data }: EventOf<"memory.stored">): readonly Output[] {
    if (subject === `lesson/${data.key}`) stored.set(data.key, data.hash);
    return [];
  }

  function forget({ data }: EventOf<"memory.forgotten">): readonly Output[] {
    if (data.space === "shared" && OWN.test(data.key)) forgotten.add(data.key);
    return [];
  }

  function observe(event: EventOf<"task.attempt_failed">): readonly Output[] {
    const { taskId, agentId, attempt, reason, error } = event.data;
    if (!telling.has(reason)) return [];
    const seen = identity.see(error.message);
    const { id } = seen;
    remember(`${taskId}/${attempt}`, { id, taskId });
    lastOf.delete(agentId);
    lastOf.set(agentId, id);
    if (lastOf.size > MOST_AGENTS) dropFirst(lastOf);
    const known = knownOf(id);
    const lesson = known.lesson ?? (isDraftDue(known.taskIds()) ? newLesson(id) : undefined);
    const about = lesson === undefined ? {} : { lessonId: lesson.id, level: lesson.standing.level };
    const proven = lesson?.remedy !== undefined && isTrusted(lesson.standing) ? { remedy: lesson.remedy } : {};
    const place = seen.frames.length === 0 ? {} : { place: seen.place, frames: [...seen.frames] };
    const observed = announce(
      "failure.observed",
      {
        fingerprint: id,
        ruleVersion: seen.ruleVersion,
        template: seen.template,
        taskId,
        agentId,
        attempt,
        tasks: known.tasks,
        reason,
        ...facetsOf(error),
        ...place,
        ...about,
        ...proven,
      },
      { subject: `failure/${id}` },
    );
    const drafted =
      known.lesson === undefined && lesson !== undefined ? [draftedOf(lesson.id, id, known.taskIds())] : [];
    return [
      ...drafted,
      observed,
      ...seen.aliases.map((alias) => aliasedOf(alias, "evidence")),
      ...forgottenOf("messages", seen.forgotten, bounds.wordings),
    ];
  }

  function remember(key: string, attempt: UnderWay): void {
    underWay.set(key, attempt);
    if (underWay.size > MOST_UNDER_WAY) dropFirst(underWay);
  }

  /** What is known of a failure, with what the journal is about to say of it. Its tasks may be many: they are named when asked for. */
  function knownOf(
    id: string,
  ): Pick<FailureRecord, "tasks" | "lesson"> & { readonly taskIds: () => ReadonlySet<string> } {
    const ids = [id, ...identity.alsoKnownAs(id)];
    const [first, ...others] = ids.flatMap((one) => book.get(one) ?? []);
    let all: Pick<FailureRecord, "taskIds" | "tasks"> = first ?? { taskIds: new Set<string>(), tasks: 0 };
    for (const record of others) all = unitedTasks(record, { ...record, ...all });
    const waiting = new Set<string>();
    for (const { id: of, taskId } of underWay.values())
      if (ids.includes(of) && !all.taskIds.has(taskId)) waiting.add(taskId);
    const lesson = [first, ...others].find((record) => record?.lesson !== undefined)?.lesson;
    return { taskIds: () => new Set([...all.taskIds, ...waiting]), tasks: all.tasks + waiting.size, lesson };
  }

  function count({ data }: EventOf<"failure.observed">): readonly Output[] {
    const { taskId, attempt, template, ruleVersion } = data;
    const key = `${taskId}/${attempt}`;
    const now = ruleVersion === identity.rules ? undefined : underWay.get(key)?.id;
    underWay.delete(key);
    const fingerprint = identity.resolve(data.fingerprint);
    const seen = seeFailure(book, { fingerprint, template, taskId, rules: ruleVersion, now }, bounds.remembered);
    const { lesson, taskIds } = seen.record;
    return [
      ...(seen.drafted && lesson !== undefined ? [draftedOf(lesson.id, fingerprint, taskIds)] : []),
      ...forgottenOf("failures", seen.forgotten, bounds.remembered),
    ];
  }

  function unite({ data }: EventOf<"failure.aliased">): readonly Output[] {
    const from = identity.resolve(data.from);
    identity.adopt(data);
    const to = identity.resolve(data.to);
    const united = uniteFailures(book, { from, to, template: data.template, rules: data.ruleVersion });
    const lesson = united?.record.lesson;
    if (united === undefined || lesson === undefined) return [];
    if (united.drafted) return [draftedOf(lesson.id, to, united.record.taskIds)];
    if (!united.moved) return [];
    const { level, fixes, failures } = lesson.standing;
    const { taken } = united;
    const moved = {
      lessonId: lesson.id,
      fingerprint: to,
      from,
      level,
      fixes,
      failures,
      targets: provenTargets(lesson.standing),
      confidence: lessonConfidence(lesson.standing),
      ...(taken === undefined ? {} : { taken }),
      ...(lesson.remedy === undefined ? {} : { remedy: lesson.remedy }),
    };
    return [announce("lesson.rekeyed", moved, { subject: `lesson/${lesson.id}`, key: `${from}>${to}` })];
  }

  /** What other rules had recognised is told by its present name, and whatever else the journal does not have yet. */
  function untold(): readonly Output[] {
    // Several may get one name, and each is told with those before it.
    const sums = new Map<string, FailureRecord>();
    const renamed = [...book.values()].flatMap((record): Announcement[] => {
      const { fingerprint: from, rules, now, template } = record;
      if (rules === identity.rules) return [];
      const to = now ?? identity.renamed(template);
      if (to === from) return [];
      const sum = { ...record, ...unitedTasks(record, sums.get(to) ?? book.get(to)) };
      sums.set(to, sum);
      return [aliasedOf({ from, to }, "rules", sum.tasks)];
    });
    return [...renamed, ...identity.untold().map((alias) => aliasedOf(alias, "evidence"))];
  }

  function aliasedOf({ from, to }: Alias, why: "evidence" | "rules", tasks = unitedOf(from, to)): Announcement {
    const template = identity.shown(to) ?? book.get(to)?.template ?? book.get(from)?.template ?? to;
    const says = identity.openings(to).map(explainOpening);
    const data = { from, to, why, ruleVersion: identity.rules, template, tasks, says };
    return announce("failure.aliased", data, { subject: `failure/${to}`, key: `${from}>${to}` });
  }

  function unitedOf(from: string, to: string): number {
    const [one, other] = [book.get(from), book.get(to)];
    const known = one === undefined ? other : unitedTasks(one, other);
    return Math.max(known?.tasks ?? 0, knownOf(to).tasks);
  }

  function credit({ data }: EventOf<"playbook.settled">): readonly Output[] {
    const { outcome, runId, playbookId, target, rehearsed } = data;
    if (data.fingerprint === undefined || rehearsed || (outcome !== "fixed" && outcome !== "not_fixed")) return [];
    const fingerprint = identity.resolve(data.fingerprint);
    return judge({ fingerprint, runId, playbookId, verdict: outcome, target: targetKey(target) });
  }

  function takeBack({ data }: EventOf<"playbook.relapsed">): readonly Output[] {
    const { runId, playbookId, target } = data;
    if (data.fingerprint === undefined) return [];
    const fingerprint = identity.resolve(data.fingerprint);
    return judge({ fingerprint, runId, playbookId, verdict: "relapsed", target: targetKey(target) });
  }

  function judge(verdict: Parameters<typeof creditLesson>[1] & { readonly runId: string }): readonly Output[] {
    const credited = creditLesson(book, verdict);
    if (credited === undefined) return [];
    const { lesson, change, remedied } = credited;
    const { standing } = lesson;
    const { fingerprint, runId, playbookId } = verdict;
    const about = { lessonId: lesson.id, fingerprint };
    const subject = { subject: `lesson/${lesson.id}` };
    const counts = {
      fixes: standing.fixes,
      failures: standing.failures,
      targets: provenTargets(standing),
      confidence: lessonConfidence(standing),
    };
    const outputs: Output[] = [];
    if (remedied) outputs.push(announce("lesson.remedied", { ...about, playbookId, runId }, subject));
    outputs.push(announce("lesson.credited", { ...about, runId, verdict: verdict.verdict, ...counts }, subject));
    if (change !== undefined) {
      const moved = { ...about, from: change.from, to: change.to, runId };
      outputs.push(
        change.kind === "promoted"
          ? announce("lesson.promoted", moved, subject)
          : announce("lesson.demoted", moved, subject),
      );
    }
    return outputs;
  }
}

function dropFirst(map: Map<string, unknown>): void {
  const [first] = map.keys();
  if (first !== undefined) map.delete(first);
}

function facetsOf({ code, exitCode, status }: EventOf<"task.attempt_failed">["data"]["error"]) {
  return {
    ...(code === undefined ? {} : { code }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(status === undefined ? {} : { status }),
  };
}

function draftedOf(lessonId: string, fingerprint: string, taskIds: ReadonlySet<string>): Announcement {
  const data = { lessonId, fingerprint, evidence: [...taskIds] };
  return announce("lesson.drafted", data, { subject: `lesson/${lessonId}`, key: lessonId });
}

function forgottenOf(what: "messages" | "failures", count: number, most: number): readonly Announcement[] {
  return count === 0 ? [] : [announce("failure.forgotten", { what, count, most }, { subject: "failures" })];
}
