/*
 * What the run came to, folded from the journal and nothing else. The demo's own notes in it (`demo.fault_began`) say
 * which fault was let loose when and on which agent; every other fact here is the engine's.
 *
 * A value is `null` where the journal holds no answer. Nothing is ever filled in.
 */

/** Verdicts of runs that touched something; the others were kept from acting. */
const acted = new Set(["fixed", "not_fixed", "unverified", "relapsed"]);

/** @param {any[]} events */
export function summarise(events) {
  const known = index(events);
  const began = events.filter((event) => event.type === "demo.fault_began");
  const faults = began.map((note, nth) => {
    const endsBefore = began[nth + 1]?.sequence ?? Number.POSITIVE_INFINITY;
    return summariseFault(note, endsBefore, events, known);
  });
  const last = events.at(-1);
  return {
    faults,
    score: scoreAt(known.scores, Number.POSITIVE_INFINITY),
    tasks: countTasks(events),
    paused: known.paused,
    durationMs: last === undefined ? 0 : last.at - events[0].at,
    lastSequence: last?.sequence ?? 0,
  };
}
/** @typedef {ReturnType<typeof summarise>} Summary */
/** @typedef {ReturnType<typeof summariseFault>} FaultSummary */

function index(events) {
  const byId = new Map(events.map((event) => [event.id, event]));
  const agentOfTask = new Map();
  const agentOfFingerprint = new Map();
  const agentOfRun = new Map();
  const scores = [];
  let paused = false;
  for (const { type, data, sequence } of events) {
    if (type === "task.submitted" && data.task.agentId !== undefined) agentOfTask.set(data.task.id, data.task.agentId);
    if (type === "task.started") agentOfTask.set(data.taskId, data.agentId);
    if (type === "failure.observed") agentOfFingerprint.set(data.fingerprint, data.agentId);
    if (type === "playbook.matched") agentOfRun.set(data.runId, agentOfMatch(data, byId, agentOfTask));
    if (type === "score.updated") scores.push({ sequence, ...data });
    if (type === "reactor.paused") paused = true;
    if (type === "reactor.resumed") paused = false;
  }

  /** Whose trouble an event tells of. */
  const agentOf = ({ type, data }) => {
    if (type === "playbook.suppressed" || type === "playbook.settled") return agentOfMatch(data, byId, agentOfTask);
    if (data.runId !== undefined && agentOfRun.has(data.runId)) return agentOfRun.get(data.runId);
    if (typeof data.agentId === "string") return data.agentId;
    if (data.fingerprint !== undefined) return agentOfFingerprint.get(data.fingerprint);
    if (data.taskId !== undefined) return agentOfTask.get(data.taskId);
    return data.target?.kind === "agent" ? data.target.id : undefined;
  };
  return { agentOf, scores, paused };
}

function agentOfMatch(data, byId, agentOfTask) {
  if (data.agentId !== undefined) return data.agentId;
  const trigger = byId.get(data.trigger.id)?.data;
  if (typeof trigger?.agentId === "string") return trigger.agentId;
  if (trigger?.taskId !== undefined) return agentOfTask.get(trigger.taskId);
  return data.target.kind === "agent" ? data.target.id : undefined;
}

function summariseFault(note, endsBefore, events, { agentOf, scores }) {
  const { fault: name, agent: agentId } = note.data;
  const own = events.filter((event) => event.sequence > note.sequence && agentOf(event) === agentId);
  const of = (type) => own.filter((event) => event.type === type);

  const detected = own.find(({ type }) => type === "resource.high" || type === "task.attempt_failed");
  const runs = readRuns(own, scores);
  const acting = runs.filter((run) => acted.has(run.outcome));
  const fixed = acting.filter((run) => run.outcome === "fixed");
  const contained = of("task.attempt_failed").filter(({ data }) => data.contained !== undefined);
  const suppressed = of("playbook.suppressed").map(({ data }) => data.reason);
  const firstRun = acting[0];
  const byLesson = fixed.filter((run) => run.via === "lesson");

  return {
    name,
    agentId,
    beganAtMs: note.at,
    outcome: outcomeOf(acting, contained, suppressed, detected),
    counts: count(runs.map((run) => run.outcome)),
    contained: contained.length,
    suppressed: count(suppressed),
    rollback: acting.at(-1)?.rollback ?? null,
    detectMs: detected === undefined ? null : detected.at - note.at,
    /** From the fault's beginning to the first verified fix. */
    fixMs: fixed[0] === undefined ? null : fixed[0].settledAtMs - note.at,
    byLesson: byLesson.length,
    /** From the failed attempt to the verified fix, where a lesson chose the remedy. */
    byLessonMs: median(byLesson.map((run) => run.settledAtMs - run.triggerAtMs)),
    playbook: firstRun?.playbook ?? null,
    lesson: readLesson(own),
    breaker: readBreaker(of("agent.state_changed")),
    incidents: of("incident.opened").map(({ data }) => ({ id: data.incidentId, needsPerson: data.needsPerson })),
    scoreBefore: scoreAt(scores, firstRun?.triggerSequence ?? note.sequence),
    scoreAfter: scoreAt(scores, endsBefore),
    runs,
  };
}

/** Runs in the order they were matched; a relapse takes the verdict back. */
function readRuns(own, scores) {
  /** @type {Map<string, any>} */
  const runs = new Map();
  for (const { type, data, at, sequence } of own) {
    if (type === "playbook.settled") {
      runs.set(data.runId, {
        id: data.runId,
        playbook: data.playbookId,
        target: `${data.target.kind}:${data.target.id}`,
        via: data.via,
        outcome: data.outcome,
        rollback: data.rollback,
        reason: data.reason,
        rehearsed: data.rehearsed,
        triggerSequence: data.trigger.sequence,
        triggerAtMs: data.trigger.at,
        settledSequence: sequence,
        settledAtMs: at,
        scoreAtTrigger: scoreAt(scores, data.trigger.sequence)?.score ?? null,
        scoreAtSettled: scoreAt(scores, sequence)?.score ?? null,
      });
    }
    const run = type === "playbook.relapsed" ? runs.get(data.runId) : undefined;
    if (run !== undefined) run.outcome = "relapsed";
  }
  return [...runs.values()];
}

function outcomeOf(acting, contained, suppressed, detected) {
  const last = acting.at(-1);
  if (last !== undefined) return last.outcome;
  if (contained.length > 0) return "contained";
  if (suppressed.length > 0) return "suppressed";
  return detected === undefined ? "not_seen" : "not_mended";
}

/** The level that the lesson of these failures stands at, and every level it had. */
function readLesson(own) {
  const levels = [];
  for (const { type, data } of own) {
    if (type === "lesson.drafted") levels.push("draft");
    if (type === "lesson.promoted" || type === "lesson.demoted") levels.push(data.to);
  }
  const credit = own.findLast(({ type }) => type === "lesson.credited")?.data;
  const level = levels.at(-1);
  return level === undefined ? null : { level, levels, fixes: credit?.fixes ?? 0, targets: credit?.targets ?? 0 };
}

function readBreaker(changes) {
  const opened = changes.filter(({ data }) => data.to === "degraded").length;
  const last = changes.at(-1)?.data;
  return { opened, closedAgain: opened > 0 && last.breaker === "closed", breaker: last?.breaker ?? null };
}

function countTasks(events) {
  /** @type {Map<string, string>} */
  const ends = new Map();
  for (const { type, data } of events) {
    if (type === "task.submitted") ends.set(data.task.id, "open");
    if (type === "task.retried") ends.set(data.taskId, "open");
    if (type === "task.succeeded") ends.set(data.taskId, "succeeded");
    if (type === "task.failed") ends.set(data.taskId, data.state);
    if (type === "task.cancelled") ends.set(data.taskId, "cancelled");
  }
  return count([...ends.values()]);
}

/** The score in force right after event `sequence`, as last published. */
function scoreAt(scores, sequence) {
  const found = scores.findLast((one) => one.sequence <= sequence);
  if (found === undefined) return null;
  const { score, grade, terms, why } = found;
  return { score, grade, terms, why };
}

function count(words) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
