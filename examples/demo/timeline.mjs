/*
 * One event, one line: when, whom it is about, what happened and why. The texts stand in one table; events that it does not
 * name are not shown.
 */

/** @typedef {{atMs: number, sequence: number, type: string, tone: "bad" | "good" | "act" | "plain" | "dim", who: string, text: string}} Line */

const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`;
const sayTerm = ([name, value]) => `${name} ${value === null ? "—" : value.toFixed(2)}`;
const number = (value) => (value === null ? "not enough data" : value.toFixed(3));
const ended = (contained) =>
  `its ${contained.ended.length} processes ended (${contained.signal})${contained.remaining.length > 0 ? `, ${contained.remaining.length} remain` : ""}`;

/** @type {Record<string, (data: any, event: any) => [Line["tone"], string, string] | undefined>} */
const says = {
  "demo.fault_began": ({ agent, what }) => ["bad", agent, `FAULT: ${what}`],
  "demo.cause_passed": ({ agent, what }) => ["plain", agent, what],
  "demo.kept_alive": ({ agent, what }) => ["bad", agent, what],
  "reactor.paused": ({ reason }) => ["plain", "reactor", `paused: ${reason}`],
  "agent.registered": ({ agent }) => ["dim", agent.id, `registered, kind ${agent.kind}`],
  "agent.degraded": ({ agentId, failures }) => ["bad", agentId, `breaker open after ${failures} failures: degraded`],
  "agent.state_changed": stateChanged,
  "agent.configured": ({ agentId, version, restores }) => [
    "act",
    agentId,
    restores === undefined ? `configuration ${version}` : `configuration ${version} restores ${restores}`,
  ],
  "resource.high": ({ agentId, resource, value, threshold, samples }) => [
    "bad",
    agentId ?? "host",
    `${resource} ${Math.round(value)} stayed at or above ${threshold}${samples === undefined ? "" : ` for ${samples} samples`}`,
  ],
  "resource.normal": ({ agentId, resource, value }) => [
    "good",
    agentId ?? "host",
    `${resource} back at ${Math.round(value)}`,
  ],
  "task.succeeded": ({ agentId, durationMs }) => ["dim", agentId, `task done in ${seconds(durationMs)}`],
  "task.attempt_failed": ({ agentId, reason, error, contained }) => [
    "bad",
    agentId,
    contained === undefined ? `task failed: ${error.message}` : `${reason}: ${ended(contained)}`,
  ],
  "task.retried": ({ taskId, probe }) => ["act", "task", `${taskId} queued again${probe ? " as the probe" : ""}`],
  "failure.observed": ({ agentId, tasks, template, level }) => [
    "plain",
    agentId,
    `seen on ${tasks} ${tasks === 1 ? "task" : "tasks"}: ${template}${level === undefined ? "" : ` (lesson: ${level})`}`,
  ],
  "playbook.matched": ({ playbookId, via, why }) => ["act", playbookId, `chosen by ${via}: ${why.join("; ")}`],
  "playbook.suppressed": ({ playbookId, reason, detail }) => ["plain", playbookId, `held back, ${reason}: ${detail}`],
  "approval.requested": ({ playbookId, why }) => ["plain", playbookId, `waits for a person: ${why.join("; ")}`],
  "run.step_completed": ({ action, ok, detail }) => [ok ? "act" : "bad", action, detail],
  "run.probed": ({ probe, ok, detail }) => [
    ok === true ? "good" : "plain",
    "validation",
    `probe ${probe}: ${ok === true ? "yes" : ok === false ? "no" : "cannot tell"}, ${detail}`,
  ],
  "run.undo_completed": ({ action, same, detail }) => [
    same === true ? "act" : "bad",
    "undo",
    `${action}: ${detail}${same === true ? ", the same as before" : ""}`,
  ],
  "playbook.settled": ({ playbookId, outcome, rollback, reason }) => [
    outcome === "fixed" ? "good" : "bad",
    playbookId,
    `${outcome.toUpperCase()}${rollback === "none" ? "" : `, ${rollback}`}: ${reason}`,
  ],
  "playbook.relapsed": ({ playbookId, again }) => ["bad", playbookId, `RELAPSED: ${again}`],
  "lesson.drafted": ({ evidence }) => ["plain", "lesson", `draft, from ${evidence.length} failures`],
  "lesson.promoted": ({ from, to }) => ["good", "lesson", `${from} becomes ${to}`],
  "lesson.demoted": ({ from, to }) => ["bad", "lesson", `${from} falls to ${to}`],
  "incident.opened": ({ title, needsPerson }) => ["bad", "incident", `${needsPerson ? "for a person: " : ""}${title}`],
  "incident.resolved": ({ reason }) => ["good", "incident", `resolved: ${reason}`],
  "score.updated": ({ score, grade, terms }) => [
    "dim",
    "score",
    `${number(score)}${grade === null ? "" : ` ${grade}`} (${Object.entries(terms).map(sayTerm).join(", ")})`,
  ],
  "score.alert_raised": ({ alert, value, threshold }) => [
    "bad",
    "score",
    `${alert}: ${number(value)} is below ${threshold}`,
  ],
};

function stateChanged({ agentId, from, to, breaker, reason }) {
  if (to === "blocked") return ["plain", agentId, `blocked: ${reason}`];
  if (to === "idle" && from === "blocked") return ["plain", agentId, "idle again"];
  if (from === "degraded") return ["plain", agentId, `lets one probe through, breaker ${breaker.replace("_", "-")}`];
  return undefined;
}

/**
 * The line of an event, or `undefined` when it is not one to show. A text that an event does not have as expected is shown as
 * the event's bare type: the timeline never stops the run.
 *
 * @returns {Line | undefined}
 */
export function lineOf(event) {
  const say = says[event.type];
  if (say === undefined) return undefined;
  const base = { atMs: Date.parse(event.time), sequence: event.sequence, type: event.type };
  try {
    const said = say(event.data, event);
    return said === undefined ? undefined : { ...base, tone: said[0], who: said[1], text: said[2] };
  } catch {
    return { ...base, tone: "plain", who: "", text: event.type };
  }
}
