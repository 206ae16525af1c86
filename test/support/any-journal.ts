import fc from "fast-check";
import { facts, Story } from "./story.ts";

type Teller = (story: Story, n: number) => void;

const agents = ["coder", "writer"];
const agentOf = (n: number) => agents[n % agents.length] ?? "coder";
const keyed = (story: Story, name: string) => ({ idempotencykey: `${name}:${story.events.length % 7}` });
const incident = (n: number) => `incident-${n % 3}`;
const lesson = (n: number) => ({ lessonId: `lesson-f${n % 3}`, fingerprint: `f${n % 3}` });

/** One or more events of every sort that a fold listens to; `n` names what they are about. */
const tellers: readonly Teller[] = [
  (story, n) => story.tell("agent.registered", facts.agent(agentOf(n))),
  (story, n) =>
    story.tell("task.submitted", facts.submitted(`x${n}`, { dependsOn: n % 4 === 3 ? [`x${n - 1}`] : [] }), {
      ...keyed(story, "submit"),
    }),
  (story, n) => story.tell("task.started", facts.started(`x${n}`, 1, agentOf(n))),
  (story, n) => story.tell("task.progress", { taskId: `x${n}`, agentId: agentOf(n), attempt: 1, ratio: 0.5 }),
  (story, n) => story.tell("task.succeeded", facts.succeeded(`x${n}`, 1, agentOf(n))),
  (story, n) => {
    const retry = n % 2 === 0 ? { retryAtMs: story.at + 5_000 } : {};
    story.tell("task.attempt_failed", facts.attemptFailed(`x${n}`, 1, { agentId: agentOf(n), ...retry }));
  },
  (story, n) => story.tell("task.failed", facts.failed(`x${n}`, n % 3 === 0 ? "failed" : "dead", agentOf(n))),
  (story, n) => story.tell("task.retried", facts.retried(`x${n}`)),
  (story, n) => story.tell("task.cancel_requested", { taskId: `x${n}`, by: "me", reason: "no" }),
  (story, n) => story.tell("task.cancelled", { taskId: `x${n}`, by: "me", reason: "no" }),
  (story, n) => story.tell("agent.archived", { agentId: agentOf(n), by: "me", reason: "old" }),
  (story, n) => story.tell("agent.reset", { agentId: agentOf(n), by: "me", reason: "mended" }),
  (story, n) => story.tell("agent.drained", { agentId: agentOf(n), by: "me", reason: "later" }),
  (story, n) => {
    const lost = { from: "idle", to: "degraded", breaker: "open", reason: "failures" } as const;
    story.tell("agent.state_changed", { agentId: agentOf(n), ...lost });
    story.tell("agent.degraded", { agentId: agentOf(n), failures: 3, untilMs: story.at + 9_000, reason: "failures" });
  },
  (story, n) => story.tell("failure.observed", facts.observed(`f${n % 3}`, `x${n}`, n + 1)),
  (story, n) => story.tell("lesson.drafted", { ...lesson(n), evidence: ["x1"] }),
  (story, n) => story.tell("lesson.promoted", { ...lesson(n), from: "draft", to: "verified", runId: "r" }),
  (story, n) => story.tell("lesson.demoted", { ...lesson(n), from: "verified", to: "draft", runId: "r" }),
  (story, n) =>
    story.tell("playbook.loaded", {
      loaded: [{ id: `p${n}`, hash: "h", enabled: true }],
      refused: [{ file: "b", reason: "bad" }],
    }),
  (story, n) => story.tell("playbook.disabled", { playbookId: `p${n}`, by: "me" }),
  (story, n) => story.tell("playbook.matched", facts.matched(`r${n}`, { agentId: agentOf(n) })),
  (story, n) =>
    story.tell("playbook.suppressed", {
      runId: `s${n}`,
      playbookId: "p",
      target: { kind: "file", id: "/in/a" },
      trigger: { id: "e1", sequence: 1, type: "build.broken", at: 0 },
      reason: "cooldown",
      detail: "it rests",
    }),
  (story, n) => story.tell("playbook.settled", facts.settled(`r${n}`, n % 2 === 0 ? "fixed" : "not_fixed")),
  (story, n) => story.tell("playbook.relapsed", facts.relapsed(`r${n}`)),
  (story, n) =>
    story.tell("approval.requested", {
      approvalId: `approval-r${n}`,
      runId: `r${n}`,
      playbookId: "p",
      target: { kind: "file", id: "/in/a" },
      planHash: "plan",
      targetVersion: "v",
      risk: "high",
      why: ["high"],
      expiresAtMs: story.at + 7_000,
      proposedBy: "engine",
    }),
  (story, n) =>
    story.tell("approval.decided", {
      approvalId: `approval-r${n}`,
      runId: `r${n}`,
      decision: "approved",
      by: "me",
      planHash: "plan",
      reason: "fine",
    }),
  (story, n) =>
    story.tell("incident.opened", {
      incidentId: incident(n),
      title: "broken",
      severity: "error",
      target: { kind: "agent", id: agentOf(n) },
      evidence: ["seen"],
      needsPerson: true,
    }),
  (story, n) => story.tell("incident.silenced", { incidentId: incident(n), by: "me", untilMs: story.at + 3_000 }),
  (story, n) => story.tell("incident.resolved", { incidentId: incident(n), by: "me", reason: "done" }),
  (story, n) => story.tell("incident.reopened", { incidentId: incident(n), reason: "again" }),
  (story, n) => story.tell("notification.sent", { key: `${incident(n)}/opened/0`, channel: "log", text: "t" }),
  (story, n) =>
    story.tell("notification.failed", { key: `k${n}`, channel: "webhook", attempt: 1, message: "no", retryAtMs: 5 }),
  (story, n) =>
    story.tell("resource.high", { scope: "agent", agentId: agentOf(n), resource: "cpu", value: 90, threshold: 80 }),
  (story, n) =>
    story.tell("resource.normal", { scope: "agent", agentId: agentOf(n), resource: "cpu", value: 9, threshold: 70 }),
  (story, n) =>
    story.tell("resource.summary", {
      scope: n % 2 === 0 ? "host" : "agent",
      ...(n % 2 === 0 ? {} : { agentId: agentOf(n) }),
      samples: n,
    }),
  (story, n) => {
    const terms = { tsr: n / 10, cr: null, uptime: 1, learning: null };
    story.tell("score.updated", { score: n / 10, grade: "good", trend: "stable", terms, why: [] });
    story.tell("score.alert_raised", { alert: "tsr_warning", value: n / 10, threshold: 0.8, advice: "look" });
  },
  (story, n) => {
    const weights = { tsr: 0.5 - n / 100, cr: 0.3, uptime: 0.1 + n / 100, learning: 0.1 };
    const evidence = [{ term: "tsr" as const, miss: n / 20, outcomes: 60 + n }];
    story.tell("score.weights_changed", { weights, before: weights, evidence, says: ["more"] });
  },
  (story, n) => {
    const forecasts = { judged: 100 + n, over: 100, forecast: n / 100, base: 0.2, evidence: 20 + n };
    if (n % 2 === 0) story.tell("forecast.proven", forecasts);
    else story.tell("forecast.unproven", { ...forecasts, because: "they were no better" });
  },
  (story) => story.tell("score.alert_cleared", { alert: "tsr_warning", value: 0.9 }),
  (story) => story.tell("reactor.paused", { by: "me", reason: "look" }),
  (story) => story.tell("reactor.resumed", { by: "me" }),
  (story) => story.tell("reactor.storm_entered", { reason: "many" }),
  (story) => {
    story.tell("engine.stopping", { reason: "asked" });
    story.tell("engine.stopped", { reason: "asked" });
    story.tell("engine.started", { version: "0", node: "n", pid: 1, previous: "clean" });
    story.tell("engine.ready", { startMs: 9 });
  },
];

/** Journals in which anything may follow anything, also what no engine would ever write. */
export const anyJournal = fc
  .array(fc.tuple(fc.constantFrom(...tellers), fc.integer({ min: 0, max: 6 })), { minLength: 20, maxLength: 90 })
  .map((steps) => {
    const story = new Story();
    story.tell("engine.started", { version: "0", node: "n", pid: 1, previous: "none" });
    for (const agent of agents) story.tell("agent.registered", facts.agent(agent));
    for (const [tell, n] of steps) {
      story.wait(n * 400);
      tell(story, n);
    }
    return story;
  });
