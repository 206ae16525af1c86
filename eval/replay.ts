import { z } from "zod";
import { ActorHost } from "../src/actors/host.ts";
import { knowledgeReflex } from "../src/actors/knowledge.ts";
import { createScoreActor } from "../src/actors/score.ts";
import { configure } from "../src/config/configure.ts";
import { fingerprintOf } from "../src/domain/fingerprint/fingerprint.ts";
import { TASKS_TO_DRAFT } from "../src/domain/lesson.ts";
import { EventBus } from "../src/events/bus.ts";
import { type AnyEvent, type EngineDraft, is } from "../src/events/envelope.ts";
import { VolatileJournal } from "../src/events/volatile-journal.ts";
import { silentLog } from "../src/kernel/log.ts";
import { nodeHash } from "../src/platform/hash.ts";
import { SeededEntropy } from "../src/simulation/seeded-entropy.ts";
import { VirtualClock } from "../test/support/virtual-clock.ts";
import type { Evaluation } from "./evaluation.ts";
import { type Metric, rounded } from "./metric.ts";

const trial = z.object({
  env: z.string(),
  agent: z.string(),
  model: z.string(),
  task: z.number().int(),
  trial: z.number().int(),
  success: z.boolean(),
  /** Step, tool, and what the tool said when it failed. */
  tool_calls: z.array(z.tuple([z.number(), z.string(), z.string().nullable()])),
});
type Trial = z.infer<typeof trial>;

/** All trials lie so close together that the score sees them at once. */
const WITHIN_MS = 3_000_000;

/**
 * Tells the knowledge reflex and the score what real agents did, as the engine would have journaled it: a trial is a task,
 * what a tool refused is a failed attempt.
 */
export const replay: Evaluation = async function* (root, out) {
  const data = root.within("agents");
  const files = data.files("tau_*.jsonl", (name) => /(?:^|\/)tau_[^/]*\.jsonl$/.test(name));
  const trials = files.flatMap((file) => data.records(file, trial));
  const { events, book, reading } = await told(trials);
  const lessons = [...book.values()].flatMap(({ lesson, fingerprint, template, tasks, taskIds }) =>
    lesson === undefined
      ? []
      : [{ lesson: lesson.id, level: lesson.standing.level, fingerprint, template, tasks, taskIds: [...taskIds] }],
  );
  out.records("events.jsonl", events);
  out.records("lessons.jsonl", lessons);
  out.records("score.jsonl", [reading]);
  yield* successRate(trials, reading.terms.tsr);
  yield* lessonMetrics(trials, lessons, events);
};

async function told(trials: readonly Trial[]) {
  const { score: settings } = configure({ env: {} }).config;
  const clock = new VirtualClock();
  const bus = new EventBus({ journal: new VolatileJournal(), clock, entropy: new SeededEntropy(1), log: silentLog });
  const score = createScoreActor({
    clock,
    publish: (draft) => bus.publish(draft),
    settings: { windowMs: settings.windowMs },
  });
  const knowledge = knowledgeReflex(nodeHash);
  const host = new ActorHost({ bus, clock, hash: nodeHash, log: silentLog }, [], [knowledge]);
  const events: AnyEvent[] = [];
  bus.fold((event) => events.push(event));
  bus.fold((event) => score.apply(event));
  bus.fold((event) => host.hear(event));
  host.begin();
  await host.goLive();
  score.goLive();
  await bus.publish({ type: "engine.started", data: { version: "0", node: "0", pid: 1, previous: "none" } });
  await bus.publish({ type: "engine.ready", data: { startMs: 0 } });
  const pauseMs = Math.floor(WITHIN_MS / Math.max(1, trials.length));
  for (const [number, each] of trials.entries()) {
    for (const draft of draftsOf(each, number)) await bus.publish(draft);
    await clock.advance(pauseMs);
  }
  const reading = score.current();
  score.stop();
  await host.stop();
  return { events, book: knowledge.book(), reading };
}

function* draftsOf(trial: Trial, number: number): Iterable<EngineDraft> {
  const taskId = taskIdOf(trial, number);
  const agentId = `${trial.agent}-${trial.model}`;
  const subject = `task/${taskId}`;
  const failed = refusals(trial);
  for (const [index, message] of failed.entries()) {
    const attempt = index + 1;
    const about = { taskId, agentId, attempt, key: `${taskId}/${attempt}` };
    yield {
      type: "task.attempt_failed",
      subject,
      data: { ...about, reason: "error", error: { message }, durationMs: 0 },
    };
  }
  const attempts = failed.length + 1;
  if (trial.success) {
    const about = { taskId, agentId, attempt: attempts, key: `${taskId}/${attempts}` };
    yield { type: "task.succeeded", subject, data: { ...about, durationMs: 0, outputBytes: 0 } };
  } else {
    const error = { message: failed.at(-1) ?? "the goal was not reached", retryable: false };
    yield {
      type: "task.failed",
      subject,
      data: { taskId, agentId, state: "failed", attempts, reason: "error", error },
    };
  }
}

function taskIdOf(trial: Trial, number: number): string {
  return `${trial.env}-${trial.task}-${trial.trial}-${number}`;
}

function refusals(trial: Trial): readonly string[] {
  return trial.tool_calls.flatMap(([, , error]) => (error === null || error === "" ? [] : [error]));
}

function* successRate(trials: readonly Trial[], tsr: number | null): Iterable<Metric> {
  const counted = trials.length === 0 ? null : trials.filter(({ success }) => success).length / trials.length;
  yield {
    metric: "success_rate",
    value: tsr,
    n: trials.length,
    beside: [{ name: "counted at the end", value: counted }],
  };
  yield {
    metric: "success_rate.difference",
    value: tsr === null || counted === null ? null : rounded(Math.abs(tsr - counted)),
    n: trials.length,
    bar: { must: "at most", limit: 0 },
  };
}

function* lessonMetrics(
  trials: readonly Trial[],
  lessons: readonly { readonly fingerprint: string }[],
  events: readonly AnyEvent[],
): Iterable<Metric> {
  const texts = recurring(trials);
  const fingerprints = new Set(lessons.map(({ fingerprint }) => fingerprint));
  const missing = texts.filter((text) => !fingerprints.has(fingerprintOf(text, nodeHash).id));
  const drafted = events.flatMap((event) => (is(event, "lesson.drafted") ? [event.data.fingerprint] : []));
  yield {
    metric: "lessons",
    value: lessons.length,
    n: trials.length,
    beside: [{ name: "a lesson for every text", value: texts.length }],
  };
  yield { metric: "lessons.missing", value: missing.length, n: texts.length, bar: { must: "at most", limit: 0 } };
  yield {
    metric: "lessons.drafted_twice",
    value: drafted.length - new Set(drafted).size,
    n: drafted.length,
    bar: { must: "at most", limit: 0 },
  };
}

/** Texts with which at least three trials failed, counted without any fingerprint. */
function recurring(trials: readonly Trial[]): readonly string[] {
  const struck = new Map<string, number>();
  for (const each of trials) for (const text of new Set(refusals(each))) struck.set(text, (struck.get(text) ?? 0) + 1);
  return [...struck].flatMap(([text, count]) => (count >= TASKS_TO_DRAFT ? [text] : []));
}
