import { sayInterference } from "../../domain/interference.ts";
import { type EventType, isKnown } from "../../events/catalog.ts";
import type { AnyEvent, EventOf } from "../../events/envelope.ts";
import { writeDuration } from "../../kernel/duration.ts";
import type { Target } from "../../kernel/target.ts";

type Texts = { readonly [T in EventType]: (event: EventOf<T>) => string };

/** What an event says to a person, in one sentence. Every type of the catalogue has its own. */
const texts: Texts = {
  "journal.opened": () => "A new journal begins",
  "journal.continued": () => "A new segment of the journal begins",
  "journal.repaired": ({ data }) => `The journal set ${data.bytes} bytes aside: ${data.reason}`,
  "journal.released": ({ data }) => `The journal gave up events ${data.from} to ${data.through}, as its retention says`,
  "engine.started": ({ data }) => `Engine ${data.version} started (${previously[data.previous]})`,
  "engine.ready": ({ data }) => `Ready after ${Math.round(data.startMs)} ms`,
  "engine.stopping": ({ data }) => `The engine is stopping: ${data.reason}`,
  "engine.stopped": ({ data }) => `The engine stopped: ${data.reason}`,
  "engine.backup_begun": ({ data }) => `${data.by} takes a backup${data.secrets ? " with the operator's token" : ""}`,
  "subscriber.failed": ({ data }) => `Subscriber ${data.subscriber} failed: ${data.message}`,
  "mailbox.overflowed": ({ data }) => `${data.count} events of ${data.addressee} found no room: ${data.cause}`,
  "deadline.fired": ({ data }) => `Deadline ${data.name} of ${data.actor} came`,
  "actor.failed": ({ data }) =>
    `${data.actor} failed at ${data.eventType} (${data.eventSequence}) and is quarantined: ${line(data.message)}`,
  "actor.restarted": ({ data }) =>
    `${data.actor} was restarted${data.skipped === undefined ? "" : `, without event ${data.skipped}`}`,
  "actor.event_skipped": ({ data }) =>
    `${data.actor} is never told event ${data.eventSequence} (${data.eventType}) again: ${line(data.reason)}`,
  "actor.effect_overdue": ({ data }) =>
    `${data.effect} of ${data.actor} has not ended after ${seconds(data.runningMs)}: ${data.key}`,
  "actor.restart_requested": ({ data }) => `${data.by} wants ${data.actor} to be restarted`,
  "engine.stalled": ({ data }) =>
    `The engine's thread stood still for ${seconds(data.blockedMs)} at ${data.what} for ${data.actor}${data.ended ? ", and its process was ended" : ""}`,
  "supervisor.declared": ({ data }) =>
    data.supervision === null
      ? `Resident agents of group ${data.group ?? ""} are looked after each for itself`
      : `${data.group === undefined ? "Resident agents" : `Resident agents of group ${data.group}`} are looked after ${data.supervision.strategy}`,
  "supervisor.planned": ({ data }) =>
    `${data.supervisor} looks after ${data.plan.children.map(({ id }) => id).join(", ") || "nobody"}`,
  "agent.resident_ended": ({ data }) => `Resident ${data.agentId} ended by itself: ${line(data.reason)}`,
  "agent.resident_changed": ({ data }) => `Resident ${data.agentId} was ${data.did}: ${line(data.reason)}`,
  "supervisor.restarting": ({ data }) =>
    `${data.affected.join(", ")} will be restarted because ${data.child} failed: ${line(data.reason)}`,
  "supervisor.recovered": ({ data }) => `${data.supervisor} has been well since restart ${data.attempt}`,
  "supervisor.escalated": ({ data }) =>
    `${data.child} stays down: ${data.restarts} restarts within ${seconds(data.withinMs)} did not help`,
  "actor.quarantined": ({ data }) =>
    `${data.actor} does not run: ${line([data.reason, ...data.difference].join("; "))}`,
  "clock.jumped": ({ data }) =>
    data.how === "not_followed"
      ? `The machine's clock was set back by ${seconds(-data.byMs)}; the engine's time goes on, ${seconds(data.aheadMs)} ahead of it, until it is started again`
      : data.how === "before_start"
        ? `The machine's clock is ${seconds(-data.byMs)} behind the journal; deadlines keep their times`
        : `The machine's clock went forward by ${seconds(data.byMs)}; what is overdue happens now`,
  "breaker.changed": ({ data }) =>
    `The breaker of ${data.owner} ${breakerWords[data.to]}${data.to === "open" ? ` after ${data.failures} failures` : ""}`,
  "reactor.paused": ({ data }) => `${data.by} paused the reactor: ${data.reason}`,
  "reactor.resumed": ({ data }) => `${data.by} resumed the reactor`,
  "reactor.mode_changed": ({ data }) => `The reactor is in mode ${data.mode} (${data.by})`,
  "reactor.storm_entered": ({ data }) => `Storm: ${data.reason}`,
  "reactor.storm_left": ({ data }) => `The storm is over after ${seconds(data.quietMs)} of quiet`,
  "resource.high": ({ data }) => `${whose(data)} ${data.resource} at ${measured(data)}, at or above ${data.threshold}`,
  "resource.normal": ({ data }) => `${whose(data)} ${data.resource} back at ${measured(data)}`,
  "resource.summary": ({ data }) => `${whose(data)} last minute: ${data.samples} samples`,
  "watch.file_missing": ({ data }) => `${data.path} is missing`,
  "watch.file_denied": ({ data }) =>
    `${data.path} has mode ${octal(data.mode)} and needs ${octal(data.wanted)}${data.reader === undefined ? "" : ` for ${data.reader}`}`,
  "watch.volume_full": ({ data }) => `The volume of ${data.path} is ${Math.round(data.usedPercent)} % full`,
  "watch.log_large": ({ data }) => `${data.path} has ${data.sizeBytes} bytes, above ${data.maxBytes}`,
  "watch.lock_stale": ({ data }) =>
    data.why === "owner_gone"
      ? `${data.path} is held by process ${data.pid}, which is gone`
      : `${data.path} is ${seconds(data.ageMs)} old`,
  "watch.zombies": ({ data }) => `${data.count} ended processes below ${data.agentId} are not waited for`,
  "watch.clock_skewed": ({ data }) =>
    `The machine's clock is ${seconds(Math.abs(data.byMs))} ${data.byMs > 0 ? "ahead of" : "behind"} ${data.reference}`,
  "watch.backlog": ({ data }) =>
    `${data.queued} tasks wait for ${data.agentId}, the oldest for ${seconds(data.oldestMs)}`,
  "watch.score_low": ({ data }) =>
    `${data.failed} of the last ${data.of} tasks of ${data.agentId} failed; ${Math.round(100 * data.tsr)} % of all succeed`,
  "watch.cleared": ({ data }) => `${data.watch} is well again`,
  "watch.dependency_missing": ({ data }) => `Task ${data.taskId} needs ${data.name} (${data.kind})`,
  "anomaly.detected": ({ data }) =>
    `${whose(data)} ${data.what} of ${data.value} ${data.unit} is out of habit (${data.reason})`,
  "anomaly.unfollowed": ({ data }) =>
    `More is measured than the ${data.series} series that are followed for anomalies; ${data.first} is not`,
  "score.updated": ({ data }) =>
    data.score === null ? "Score: not enough data" : `Score ${data.score.toFixed(3)}, ${data.grade ?? "no grade"}`,
  "score.weights_changed": ({ data }) =>
    `The score's terms count otherwise: ${data.says.length === 0 ? "as usual again" : data.says.join("; ")}`,
  "score.alert_raised": ({ data }) =>
    `Alert ${data.alert}${ofWhom(data)}: ${data.value.toFixed(3)} is below ${data.threshold}`,
  "score.alert_cleared": ({ data }) => `Alert ${data.alert}${ofWhom(data)} is over at ${data.value.toFixed(3)}`,
  "task.submitted": ({ data: { task } }) =>
    `Task ${task.id} (${task.priority}) for ${task.agentId ?? task.capability ?? "any agent"}`,
  "task.decided": ({ data }) => `Task ${data.taskId} ${data.decision.kind}: ${data.decision.reason}`,
  "task.started": ({ data }) => `Task ${data.taskId} runs on ${data.agentId}, attempt ${data.attempt}`,
  "task.progress": ({ data }) => `Task ${data.taskId}: ${data.message ?? share(data.ratio)}`,
  "task.usage": ({ data }) => `Task ${data.taskId} reports its usage`,
  "task.tool_called": ({ data }) =>
    `Task ${data.taskId} asked for ${data.tool}${data.malformed === true ? " with arguments that are not JSON" : ""}`,
  "agent.rate_limited": ({ data }) =>
    `${data.agentId} asks ${upstream(data.model)} too often; it should wait ${seconds(data.retryAfterMs)}`,
  "agent.quota_spent": ({ data }) => `${data.agentId} has used up its quota of ${upstream(data.model)}`,
  "agent.provider_down": ({ data }) =>
    `${data.agentId}: the provider of ${upstream(data.model)} failed ${data.failures} times in a row`,
  "agent.context_exceeded": ({ data }) =>
    `${data.agentId} gave ${upstream(data.model)} more than fits${data.limit === undefined ? "" : ` (${data.limit} tokens)`}`,
  "agent.output_malformed": ({ data }) => `${data.agentId} said something that breaks its format`,
  "agent.repeating": ({ data }) =>
    `${data.agentId} repeats itself: ${data.tool} with the same arguments ${data.times} times in ${data.within} calls`,
  "agent.stalled": ({ data }) =>
    `Task ${data.taskId} on ${data.agentId} has said nothing for ${seconds(data.silentMs)}`,
  "agent.flooding": ({ data }) =>
    `Task ${data.taskId} on ${data.agentId} wrote ${data.lines} lines within ${seconds(data.withinMs)}`,
  "agent.hung": ({ data }) =>
    `Task ${data.taskId} hung on ${data.agentId}: it was ended after ${seconds(data.ranMs)}, with ${data.ended} processes`,
  "agent.crash_looping": ({ data }) =>
    `${data.agentId} crashes again and again: ${data.exits} times within ${seconds(data.withinMs)}`,
  "agent.slow": ({ data }) =>
    `${data.agentId} is slow: ${data.model} takes ${seconds(data.medianMs)}, more than ${seconds(data.limitMs)}`,
  "task.log": ({ data }) => `Task ${data.taskId}: ${data.message}`,
  "task.attempt_failed": ({ data }) =>
    `Task ${data.taskId} failed attempt ${data.attempt} on ${data.agentId} (${data.reason}): ${line(data.error.message)}${
      data.contained === undefined ? "" : `; contained, ${data.contained.ended.length} processes ended`
    }${data.withheld === undefined ? "" : "; not tried again: too much is already"}`,
  "task.succeeded": ({ data }) => `Task ${data.taskId} succeeded on ${data.agentId} in ${seconds(data.durationMs)}`,
  "task.failed": ({ data }) => `Task ${data.taskId} is ${data.state} (${data.reason}): ${line(data.error.message)}`,
  "task.cancel_requested": ({ data }) => `${data.by} asked to cancel task ${data.taskId}`,
  "task.cancelled": ({ data }) => `Task ${data.taskId} was cancelled`,
  "task.retried": ({ data }) => `Task ${data.taskId} is queued again by ${data.by}`,
  "agent.registered": ({ data: { agent } }) => `Agent ${agent.id} (${agent.kind}) is known`,
  "agent.configured": ({ data }) =>
    `Agent ${data.agentId} has configuration ${data.version}${data.restores === undefined ? "" : `, as in ${data.restores}`}`,
  "agent.state_changed": ({ data }) => `Agent ${data.agentId}: ${data.from} → ${data.to} (${data.reason})`,
  "agent.degraded": ({ data }) =>
    `Agent ${data.agentId} is degraded: its breaker opened after ${data.failures} failures`,
  "agent.reset": ({ data }) => `Agent ${data.agentId} was reset by ${data.by}: ${data.reason}`,
  "agent.archived": ({ data }) => `Agent ${data.agentId} was archived by ${data.by}: ${data.reason}`,
  "agent.scaled": ({ data }) => `Agent ${data.agentId} may have ${data.concurrency} tasks at once (${data.by})`,
  "agent.drained": ({ data }) => `Agent ${data.agentId} is drained by ${data.by}`,
  "agent.stopped": ({ data }) =>
    `Agent ${data.agentId} was stopped by ${data.by}, ${data.ended.length} processes ended`,
  "agent.resumed": ({ data }) => `Agent ${data.agentId} takes tasks again (${data.by})`,
  "agent.process_started": ({ data }) => `Agent ${data.agentId} runs process ${data.process.pid}`,
  "agent.process_exited": ({ data }) =>
    `Process ${data.pid} of agent ${data.agentId} ended (${data.signal ?? `exit ${data.exitCode ?? "unknown"}`}${
      data.expected ? "" : ", unexpectedly"
    })`,
  "agent.heartbeat": ({ data }) => `Agent ${data.agentId} is heard`,
  "playbook.reload_refused": ({ data }) =>
    `Changed playbooks were refused: ${data.refused
      .map(({ file, reason, kept }) => `${file}: ${reason}${kept ? " (the version before stays in force)" : ""}`)
      .join("; ")}`,
  "playbook.drafted": ({ data }) =>
    `Playbook ${data.playbookId} was drafted for a person to finish: no playbook answers ${data.template}`,
  "playbook.draft_withdrawn": ({ data }) =>
    `The draft ${data.playbookId} was withdrawn (${data.why}${data.by === undefined ? "" : `: ${data.by}`})`,
  "playbook.run_requested": ({ data }) => `${data.by} started playbook ${data.playbookId} for ${data.event.type}`,
  "playbook.loaded": ({ data }) => `${data.loaded.length} playbooks loaded, ${data.refused.length} refused`,
  "playbook.enabled": ({ data }) => `${data.by} enabled playbook ${data.playbookId}`,
  "playbook.disabled": ({ data }) => `${data.by} disabled playbook ${data.playbookId}`,
  "playbook.matched": ({ data }) => `Playbook ${data.playbookId} for ${at(data.target)}: ${data.why.join("; ")}`,
  "playbook.suppressed": ({ data }) =>
    `Playbook ${data.playbookId} for ${at(data.target)} was held back (${data.reason}): ${data.detail}`,
  "playbook.absence": ({ data }) =>
    `No ${data.awaited}${data.key === "" ? "" : ` of ${data.key}`} for ${writeDuration(data.forMs)}: playbook ${data.playbookId} waits for it`,
  "run.prechecked": ({ data }) => `Pre-checks ${data.ok ? "hold" : "do not hold"}: ${checks(data.checks)}`,
  "run.step_started": ({ data }) => `${data.action} begins`,
  "run.step_completed": ({ data }) => `${data.action} ${data.ok ? "was executed" : "failed"}: ${data.detail}`,
  "playbook.executed": ({ data }) =>
    `Playbook ${data.playbookId} ${data.rehearsed ? "was rehearsed" : data.ok ? "was executed" : "could not be executed"}`,
  "run.probed": ({ data }) => `Probe ${data.probe}: ${data.detail}`,
  "run.undo_started": ({ data }) => `${data.action} is being undone`,
  "run.undo_completed": ({ data }) =>
    `${data.action} ${data.ok ? "was undone" : "could not be undone"}: ${data.detail}`,
  "playbook.settled": ({ data }) =>
    `Playbook ${data.playbookId} for ${at(data.target)}: ${data.outcome}${
      data.rollback === "none" ? "" : `, ${data.rollback}`
    }${data.reason === "" ? "" : ` (${data.reason})`}${data.rehearsed ? ", rehearsed" : ""}`,
  "playbook.relapsed": ({ data }) =>
    `Playbook ${data.playbookId} for ${at(data.target)} relapsed: its trigger came back`,
  "approval.requested": ({ data }) =>
    `Playbook ${data.playbookId} for ${at(data.target)} waits for a person (${data.risk})`,
  "approval.decided": ({ data }) =>
    `A plan was ${data.decision} by ${data.by}${data.reason === "" ? "" : `: ${data.reason}`}`,
  "failure.observed": ({ data }) => `${data.template} struck ${count(data.tasks, "task")}, now ${data.taskId}`,
  "failure.aliased": ({ data }) =>
    `${data.template}: ${data.from} and ${data.to} are one failure${data.why === "rules" ? " by the present rules" : ""}`,
  "failure.forgotten": ({ data }) =>
    `${count(data.count, data.what === "messages" ? "wording" : "failure")} forgotten, the rarest and oldest first${
      data.most === undefined ? "" : `, as there were more than ${data.most}`
    }`,
  "lesson.drafted": ({ data }) => `Lesson ${data.lessonId} is drafted`,
  "lesson.advised": ({ data }) => `Lesson ${data.lessonId} has advice written by ${data.writtenBy}`,
  "lesson.unadvised": ({ data }) => `Lesson ${data.lessonId} has no advice by ${data.writtenBy}: ${line(data.reason)}`,
  "lesson.remedied": ({ data }) => `Lesson ${data.lessonId} has its remedy: ${data.playbookId}`,
  "lesson.credited": ({ data }) =>
    `Lesson ${data.lessonId}: ${data.verdict}; ${count(data.fixes, "fix", "fixes")}, ${count(data.failures, "failure")}, confidence ${data.confidence.toFixed(2)}`,
  "lesson.promoted": ({ data }) => `Lesson ${data.lessonId} is ${data.to}`,
  "lesson.demoted": ({ data }) => `Lesson ${data.lessonId} fell to ${data.to}`,
  "lesson.rekeyed": ({ data }) =>
    `Lesson ${data.lessonId} is about ${data.fingerprint} now${data.taken === undefined ? "" : `, with what ${data.taken} knew`}`,
  "evolution.proposed": ({ data }) =>
    `Improvement for ${data.agentId}: ${data.title} (${data.risk}${data.asks ? ", asks" : ""}), because ${data.reason}`,
  "evolution.shadow_started": ({ data }) =>
    `Version ${data.candidate} of ${data.agentId} runs in shadow on copies of ${data.tasks} tasks before its trial`,
  "evolution.shadow_began": ({ data }) => `${data.taskId} of ${data.agentId} is copied to the version in shadow`,
  "evolution.shadowed": ({ data }) => `The copy of ${data.taskId} ended: ${data.outcome}`,
  "evolution.shadow_judged": ({ data }) =>
    `In shadow ${data.candidate} of ${data.pairs} copies succeeded, of the tasks ${data.control}`,
  "evolution.shadow_ended": ({ data }) =>
    data.verdict === "worse"
      ? `In shadow the new version of ${data.agentId} was clearly worse (${data.lost} worse, ${data.won} better): no trial`
      : `In shadow the new version of ${data.agentId} was not clearly worse (${data.lost} worse, ${data.won} better)`,
  "evolution.trial_started": ({ data }) =>
    `Version ${data.candidate} of ${data.agentId} is tried against version ${data.control}`,
  "evolution.assigned": ({ data }) => `${data.taskId} is block ${data.block + 1}'s ${data.arm} of ${data.agentId}`,
  "evolution.block_judged": ({ data }) =>
    `Trial of ${data.agentId}, block ${data.block + 1}: control ${ended(data.control)}, candidate ${ended(data.candidate)}, lead ${data.lead}`,
  "evolution.decided": ({ data }) =>
    `Trial of ${data.agentId}: ${data.verdict} after ${count(data.blocks, "block")} (${because(data)})`,
  "evolution.kept": ({ data }) => `${data.agentId} keeps what was tried, as version ${data.version}`,
  "evolution.rollback_requested": ({ data }) => `${data.by} takes an improvement of ${data.agentId} back`,
  "evolution.rolled_back": ({ data }) =>
    `${data.detail} (version ${data.version}${data.same ? ", the same byte for byte" : ""})`,
  "evolution.rejected": ({ data }) => `An improvement of ${data.agentId} was refused by ${data.by}: ${data.reason}`,
  "forecast.proven": ({ data }) =>
    `Forecasts of failures are proven: squared error ${data.forecast.toFixed(3)} against ${data.base.toFixed(3)} of the base rate over the last ${count(data.over, "outcome")}`,
  "forecast.unproven": ({ data }) =>
    `Forecasts of failures are proven no longer: ${data.because} (${data.forecast.toFixed(3)} against ${data.base.toFixed(3)})`,
  "evolution.abandoned": ({ data }) => `An improvement of ${data.agentId} was given up: ${data.reason}`,
  "memory.stored": ({ data }) => `A memory was stored: ${data.key}`,
  "memory.linked": ({ data }) => `${data.from} ${data.relation} ${data.to}`,
  "memory.merged": ({ data }) => `${data.into} stands for ${data.key}, which says the same`,
  "memory.unmerged": ({ data }) => `${data.by} took the merge of ${data.key} back`,
  "memory.archived": ({ data }) => `${data.key} went to the archive: ${data.why}`,
  "memory.embedder_ordered": ({ data }) =>
    data.order === "download"
      ? `${data.by} had the memory's model fetched`
      : `${data.by} had the memory embedded${data.order === "reindex" ? "" : " anew"}`,
  "memory.forgotten": ({ data }) => `${data.by} deleted memory ${data.key}`,
  "incident.opened": ({ data }) => `Incident: ${data.title}${data.needsPerson ? " (needs a person)" : ""}`,
  "incident.updated": ({ data }) => `Incident ${data.incidentId}: ${data.note}`,
  "incident.acknowledged": ({ data }) => `${data.by} has seen incident ${data.incidentId}`,
  "incident.silenced": ({ data }) => `${data.by} silenced incident ${data.incidentId}`,
  "incident.resolved": ({ data }) => `Incident ${data.incidentId} is over: ${data.reason}`,
  "incident.reopened": ({ data }) => `Incident ${data.incidentId} is back: ${data.reason}`,
  "notification.sent": ({ data }) => `Told ${data.channel}: ${data.text}`,
  "notification.failed": ({ data }) => `Could not tell ${data.channel} (attempt ${data.attempt}): ${data.message}`,
};

const previously = { none: "the first time", clean: "after a clean stop", crashed: "after a crash" } as const;
const breakerWords = { open: "opened", half_open: "lets one run through", closed: "closed" } as const;
const LONGEST = 300;

/** One line about the event, at most 300 characters. A user's own event is told by its type and simple members. */
export function textOf(event: AnyEvent): string {
  // The key is the event's own type, which the table cannot say.
  const text = isKnown(event.type) ? (texts[event.type] as (event: AnyEvent) => string)(event) : own(event);
  return line(text);
}

/** Its first simple members: what somebody else put into an event may be large. */
function own({ type, data }: AnyEvent): string {
  const members = Object.entries(data).filter(([, value]) => value === null || typeof value !== "object");
  const said = members.slice(0, 6).map(([name, value]) => `${name}: ${String(value).slice(0, 80)}`);
  return [type, ...said].join(" · ");
}

/** White space that is more than one blank between words. */
const UNEVEN = /[^\S ]| {2}|^ | $/;

function line(text: string): string {
  const start = text.slice(0, 4 * LONGEST);
  // Most are even already.
  const flat = UNEVEN.test(start) ? start.replace(/\s+/g, " ").trim() : start;
  return flat.length <= LONGEST ? flat : `${flat.slice(0, LONGEST - 1)}…`;
}

function at({ kind, id }: Target): string {
  return `${kind} ${id}`;
}

function ofWhom({ of }: { readonly of?: { readonly kind: string; readonly id: string } | undefined }): string {
  return of === undefined ? "" : ` of ${of.kind} ${of.id}`;
}

function whose({ scope, agentId }: { readonly scope: string; readonly agentId?: string | undefined }): string {
  return agentId === undefined ? (scope === "host" ? "Host" : "Agent") : `Agent ${agentId}`;
}

function measured({ value, unit }: { readonly value: number; readonly unit?: "percent" | "MiB" | undefined }): string {
  return `${Math.round(value * 10) / 10} ${unit === "MiB" ? "MiB" : "%"}`;
}

/** Why a trial ended as it did. */
function because({ reason, interference }: EventOf<"evolution.decided">["data"]): string {
  if (reason === "interference" && interference !== undefined) return sayInterference(interference);
  return reason.replace("_", " ");
}

function ended(succeeded: boolean): string {
  return succeeded ? "succeeded" : "failed";
}

function upstream(model: string | undefined): string {
  return model ?? "its upstream";
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function share(ratio: number | undefined): string {
  return ratio === undefined ? "goes on" : `${Math.round(ratio * 100)} %`;
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

function checks(
  list: readonly { readonly check: string; readonly ok: boolean | null; readonly detail: string }[],
): string {
  return list.length === 0 ? "none" : list.map(({ check, detail }) => `${check}: ${detail}`).join("; ");
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
