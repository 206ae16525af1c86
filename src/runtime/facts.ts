import type { AgentProcessRow, AgentsView } from "../actors/views/agents.ts";
import type { FailuresView } from "../actors/views/failures.ts";
import type { TasksView } from "../actors/views/tasks.ts";
import {
  type AgentFacts,
  clockFacts,
  type Facts,
  type FailureFacts,
  type History,
  type TaskFacts,
} from "../domain/playbook/facts.ts";
import type { Group } from "../domain/playbook/limits/admit.ts";
import { type AnyEvent, type EventOf, is } from "../events/envelope.ts";
import { isJsonObject, at as valueAt } from "../kernel/json.ts";
import type { ProcessIdentity } from "../kernel/processes.ts";
import type { Target } from "../kernel/target.ts";

export interface FactSources {
  readonly views: {
    readonly agents: AgentsView;
    readonly tasks: TasksView;
    readonly failures: FailuresView;
  };
  /** What came before an event, as far as playbooks ask. */
  readonly before: (event: AnyEvent) => History;
}

/** What rules may look at, gathered from the read models alone: the same events give the same facts. */
export class FactFinder {
  readonly #sources: FactSources;

  constructor(sources: FactSources) {
    this.#sources = sources;
  }

  agent(agentId: string): AgentFacts | undefined {
    const row = this.#sources.views.agents.get(agentId);
    if (row === undefined) return undefined;
    const { id, state, breaker, configVersion, configHash, accepting, running } = row;
    const { kind, group, concurrency, tuning } = row.spec;
    const processes = row.processes.map(identityOf);
    return {
      id,
      kind,
      state,
      breaker,
      config: row.spec.config,
      configVersion,
      configHash,
      concurrency,
      accepting: accepting === "yes",
      running,
      processes,
      ...(group === undefined ? {} : { group }),
      ...(tuning === undefined ? {} : { tuning }),
    };
  }

  task(taskId: string): TaskFacts | undefined {
    const row = this.#sources.views.tasks.get(taskId);
    if (row === undefined) return undefined;
    const { id, state, input, attempts, priority } = row;
    return { id, state, input, attempts, priority, ...(row.agent === undefined ? {} : { agentId: row.agent }) };
  }

  of(event: AnyEvent): Facts {
    if (is(event, "playbook.run_requested")) return this.of(eventOfRequest(event));
    const { id, type, source, severity, principal, correlationid, depth, time, data } = event;
    const taskId = textAt(data, "taskId");
    const task = taskId === undefined ? undefined : this.task(taskId);
    const agentId = textAt(data, "agentId") ?? task?.agentId;
    const agent = agentId === undefined ? undefined : this.agent(agentId);
    const failure = this.#failure(event);
    return {
      event: {
        id,
        type,
        source,
        severity,
        principal,
        correlationid,
        depth,
        time,
        data,
        ...(event.subject === undefined ? {} : { subject: event.subject }),
      },
      clock: clockFacts(event.at),
      history: this.#sources.before(event),
      ...(agent === undefined ? {} : { agent }),
      ...(task === undefined ? {} : { task }),
      ...(failure === undefined ? {} : { failure }),
    };
  }

  /** Agents that are idle and have a process: what `idle_agents` selects. */
  idleWithProcess(): readonly string[] {
    return this.#sources.views.agents
      .list()
      .filter(({ state, processes }) => state === "idle" && processes.length > 0)
      .map(({ id }) => id)
      .sort();
  }

  group(agentId: string): Group | undefined {
    const { agents } = this.#sources.views;
    const name = agents.get(agentId)?.spec.group;
    if (name === undefined) return undefined;
    const members = agents.inGroup(name).filter(({ state }) => state !== "archived");
    const healthy = members.filter(
      ({ state, breaker }) => (state === "idle" || state === "running") && breaker === "closed",
    );
    return { name, members: members.map(({ id }) => id), healthy: healthy.map(({ id }) => id) };
  }

  /** An approval holds for the configuration that was looked at. */
  version(target: Target): string {
    const row = target.kind === "agent" ? this.#sources.views.agents.get(target.id) : undefined;
    return row === undefined ? "-" : `configuration ${row.configVersion} ${row.configHash}`;
  }

  #failure(event: AnyEvent): FailureFacts | undefined {
    if (!is(event, "failure.observed")) return undefined;
    const { fingerprint, template, code, exitCode, status, reason, tasks, lessonId, level, taskId } = event.data;
    const formerly = this.#sources.views.failures.get(fingerprint)?.aliases ?? [];
    const error = this.#sources.views.tasks.get(taskId)?.error;
    return {
      fingerprint,
      template,
      reason,
      tasks,
      ...(formerly.length === 0 ? {} : { formerly }),
      ...(error === undefined ? {} : { message: error.message }),
      ...(code === undefined ? {} : { code }),
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(status === undefined ? {} : { status }),
      ...(lessonId === undefined ? {} : { lessonId }),
      ...(level === undefined ? {} : { level }),
    };
  }
}

/** What a person's run is about, as if it happened when the person asked. */
function eventOfRequest(request: EventOf<"playbook.run_requested">): AnyEvent {
  const { type, data, subject, severity = request.severity } = request.data.event;
  const { subject: _, ...envelope } = request;
  const content = isJsonObject(data) ? data : {};
  return { ...envelope, type, severity, data: content, ...(subject === undefined ? {} : { subject }) };
}

function identityOf({ pid, startTime, bootId, ownerToken }: AgentProcessRow): ProcessIdentity {
  return { pid, startTime, bootId, ownerToken };
}

function textAt(data: unknown, path: string): string | undefined {
  const found = valueAt(data, path);
  return typeof found === "string" ? found : undefined;
}
