import {
  creditLesson,
  type FailureBook,
  type FailureRecord,
  type OpenFailureBook,
  seeFailure,
} from "../domain/failure-book.ts";
import { fingerprintOf } from "../domain/fingerprint/fingerprint.ts";
import { isTrusted, lessonConfidence, provenTargets } from "../domain/lesson.ts";
import { type EventOf, is } from "../events/envelope.ts";
import { inGroups } from "../kernel/checkpointed.ts";
import type { Hash } from "../kernel/hash.ts";
import { groupsOf, listOf, objectOf, optional, pairOf, row, type Shape, text } from "../kernel/shape.ts";
import { targetKey } from "../kernel/target.ts";
import { announce, type Output } from "../machines/output.ts";
import type { Reflex } from "./kind.ts";

function writtenRecord(record: FailureRecord) {
  return { ...record, taskIds: [...record.taskIds] };
}

const readRecord: Shape<FailureRecord> = (value, at) => {
  const record = row<Omit<FailureRecord, "taskIds"> & { readonly taskIds: unknown }>()(value, at);
  return { ...record, lesson: record.lesson, taskIds: new Set(listOf(text)(record.taskIds, `${at}.taskIds`)) };
};

// A checkpoint of an engine that did not note what the memory was given has no `stored`.
const saved = objectOf({
  book: groupsOf(readRecord),
  stored: optional(groupsOf(pairOf(text, text))),
  forgotten: optional(groupsOf(text)),
});

/** What the engine itself stores about failures. */
const OWN = /^(?:lesson|failure)-/;

/** Failures that are the agent's own; what was cancelled, interrupted or never begun teaches nothing. */
const telling: ReadonlySet<string> = new Set(["error", "exit", "signal", "timeout", "output", "spawn"]);

export interface Knowledge extends Reflex {
  readonly book: () => FailureBook;
  /** Hash of what the memory was last given of a lesson, as the journal says. */
  readonly stored: (lessonId: string) => string | undefined;
  /** Whether somebody had the memory forget a shared item: what is forgotten is not stored again. */
  readonly forgotten: (key: string) => boolean;
}

/**
 * Recognises failures by their fingerprint, begins a lesson at the third distinct task, and moves its level by the
 * verified outcomes of its remedy.
 */
export function knowledgeReflex(hash: Hash): Knowledge {
  let book: OpenFailureBook = new Map();
  let stored = new Map<string, string>();
  let forgotten = new Set<string>();
  return {
    name: "knowledge",
    state: {
      name: "knowledge",
      version: 1,
      snapshot: () => ({
        book: inGroups([...book.values()], writtenRecord),
        stored: inGroups([...stored]),
        forgotten: inGroups([...forgotten]),
      }),
      restore(value) {
        const { book: records, stored: given = [], forgotten: gone = [] } = saved(value, "knowledge");
        forgotten = new Set(gone);
        stored = new Map(given);
        book = new Map(records.map((record) => [record.fingerprint, record]));
      },
    },
    listens: ["task.attempt_failed", "playbook.settled", "playbook.relapsed", "memory.stored", "memory.forgotten"],
    book: () => book,
    stored: (lessonId) => stored.get(lessonId),
    forgotten: (key) => forgotten.has(key),
    hear(event) {
      if (is(event, "memory.stored")) return note(event);
      if (is(event, "memory.forgotten")) return forget(event);
      if (is(event, "task.attempt_failed")) return observe(event);
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
    const print = fingerprintOf(error.message, hash);
    const seen = seeFailure(book, { fingerprint: print.id, template: print.template, taskId });
    const { lesson, tasks } = seen.record;
    const known = lesson === undefined ? {} : { lessonId: lesson.id, level: lesson.standing.level };
    const proven = lesson?.remedy !== undefined && isTrusted(lesson.standing) ? { remedy: lesson.remedy } : {};
    const { code, exitCode, status } = error;
    const facets = {
      ...(code === undefined ? {} : { code }),
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(status === undefined ? {} : { status }),
    };
    const observed = announce(
      "failure.observed",
      {
        fingerprint: print.id,
        ruleVersion: print.ruleVersion,
        template: print.template,
        taskId,
        agentId,
        attempt,
        tasks,
        reason,
        ...facets,
        ...known,
        ...proven,
      },
      { subject: `failure/${print.id}` },
    );
    if (!seen.drafted || lesson === undefined) return [observed];
    const drafted = announce(
      "lesson.drafted",
      { lessonId: lesson.id, fingerprint: print.id, evidence: [...seen.record.taskIds] },
      { subject: `lesson/${lesson.id}`, key: lesson.id },
    );
    return [drafted, observed];
  }

  function credit({ data }: EventOf<"playbook.settled">): readonly Output[] {
    const { outcome, fingerprint, runId, playbookId, target, rehearsed } = data;
    if (fingerprint === undefined || rehearsed || (outcome !== "fixed" && outcome !== "not_fixed")) return [];
    return judge({ fingerprint, runId, playbookId, verdict: outcome, target: targetKey(target) });
  }

  function takeBack({ data }: EventOf<"playbook.relapsed">): readonly Output[] {
    const { fingerprint, runId, playbookId, target } = data;
    if (fingerprint === undefined) return [];
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
