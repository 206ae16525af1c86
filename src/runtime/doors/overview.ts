import { isOpen } from "../../actors/views/incidents.ts";
import { viewOf } from "../../http/event-stream.ts";
import type { Overview, PauseView } from "../../http/shapes/engine.ts";
import type { Runtime } from "../../runtime.ts";

const EVENTS_SHOWN = 50;
const ISSUES_SHOWN = 10;
/** A failure that struck no task for so long is no issue of today. */
const RECENT_MS = 86_400_000;

/** What a person sees first: the score, what happened, what is wrong, and what waits for a decision. */
export function overviewOf(runtime: Runtime, pause: PauseView): Overview {
  const { views, score, bus } = runtime;
  return {
    score: score.current(),
    timeline: views.recent.list(EVENTS_SHOWN).map(viewOf),
    issues: issuesOf(runtime),
    waiting: waitingOf(runtime),
    agents: views.agents.counts(),
    tasks: { ...views.tasks.counts() },
    work: views.work.terms(),
    pause,
    lastSequence: bus.lastSequence,
  };
}

/** Open incidents first, then failures without one, then agents that stand still; in each the newest first. */
function issuesOf({ views, ports }: Runtime): Overview["issues"] {
  const open = views.incidents.list().filter(isOpen);
  const incidents = open.map(({ id, title, severity, runs, updatedAtMs }) => {
    return { kind: "incident" as const, id, title, severity, count: Math.max(1, runs.length), lastAtMs: updatedAtMs };
  });
  const told = new Set(open.flatMap(({ fingerprint }) => fingerprint ?? []));
  const since = ports.clock.now() - RECENT_MS;
  const failures = views.failures
    .list()
    .filter(({ fingerprint, lastAtMs }) => lastAtMs >= since && !told.has(fingerprint))
    .map(({ fingerprint, template, tasks, lastAtMs }) => {
      const severity = "warning" as const;
      return { kind: "failure" as const, id: fingerprint, title: template, severity, count: tasks, lastAtMs };
    });
  const agents = views.agents
    .list()
    .filter(({ state }) => state === "degraded" || state === "blocked")
    .map(({ id, state, sinceMs, lastFailures }) => {
      const title = `${id} is ${state}${lastFailures.length === 0 ? "" : `: ${lastFailures.at(-1)?.message ?? ""}`}`;
      const severity = state === "degraded" ? ("error" as const) : ("warning" as const);
      return { kind: "agent" as const, id, title, severity, count: lastFailures.length, lastAtMs: sinceMs };
    });
  return [...incidents, ...failures, ...agents].slice(0, ISSUES_SHOWN);
}

/** What nobody but a person can go on with: approvals by how long they wait, then incidents, then dead letters. */
function waitingOf({ views }: Runtime): Overview["waiting"] {
  const approvals = views.approvals.waiting().map(({ id, playbook, target, requestedAtMs, expiresAtMs }) => {
    const title = `${playbook} wants to act on ${target.kind} ${target.id}`;
    return { kind: "approval" as const, id, title, sinceMs: requestedAtMs, untilMs: expiresAtMs };
  });
  const incidents = views.incidents
    .list()
    .filter((row) => row.needsPerson && row.state !== "acknowledged" && isOpen(row))
    .map(({ id, title, openedAtMs }) => ({ kind: "incident" as const, id, title, sinceMs: openedAtMs }));
  const letters = views.deadLetters.waiting().map(({ id, task, message, atMs }) => {
    return { kind: "deadletter" as const, id, title: `task ${task} gave up: ${message}`, sinceMs: atMs };
  });
  return [...approvals, ...incidents, ...letters];
}
