import type { AgentReport } from "../agents/kind.ts";
import type { EventBus, Publishable } from "../events/bus.ts";
import type { Cause } from "../events/envelope.ts";
import type { Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import { canonical, type Hash } from "../kernel/hash.ts";
import type { Json } from "../kernel/json.ts";
import type { Log } from "../kernel/log.ts";
import type { Insist } from "./insist.ts";

/** A task's progress is journaled at most this often; the journal is not a progress bar. */
const PROGRESS_EVERY_MS = 250;
/** So many tasks are remembered by when their progress was told last. */
const TASKS_KEPT = 1_000;
/** A heartbeat is journaled when none was heard for this long. */
const SILENCE_MS = 60_000;

export interface AgentReportsDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly hash: Hash;
  readonly log: Log;
  /** What the agent works on: its reports follow from that. */
  readonly work: (agentId: string, taskId?: string) => Cause | undefined;
  readonly insist: Insist;
  /** Who looks after the agent's resident process. */
  readonly supervisor: (agentId: string) => string | undefined;
}

/**
 * Journals what agents say of themselves while they work. Losing one line of progress must never fail a task: what finds
 * no room becomes a dead letter with its count. Which processes run is never lost, and told in order: after a crash
 * nobody else knows whom to end.
 */
export class AgentReports {
  readonly #deps: AgentReportsDeps;
  readonly #toldAt = new Map<string, number>();
  readonly #heardAt = new Map<string, number>();
  #processes: Promise<unknown> = Promise.resolve();

  constructor(deps: AgentReportsDeps) {
    this.#deps = deps;
  }

  hear(agentId: string, report: AgentReport): void {
    const draft = this.#draft(agentId, report);
    if (draft === undefined) return;
    const cause = this.#deps.work(agentId, "taskId" in report ? report.taskId : undefined);
    const from = cause === undefined ? {} : { cause };
    const event: Publishable = { ...draft, principal: `agent:${agentId}`, ...from };
    if (isAboutProcess(report)) this.#inOrder(agentId, event);
    else this.#deps.bus.offer(event);
  }

  /** Resolves when all that was heard of processes is told. */
  async settled(): Promise<void> {
    await this.#processes;
  }

  #inOrder(agentId: string, event: Publishable): void {
    const told = this.#processes.then(() => this.#deps.insist(() => event));
    this.#processes = told.catch((failure: unknown) => {
      this.#deps.log.warn("what an agent runs was not journaled", { agent: agentId, failure: messageOf(failure) });
    });
  }

  /** When the agent was last heard, in epoch milliseconds. */
  heardAt(agentId: string): number | undefined {
    return this.#heardAt.get(agentId);
  }

  #remember(taskId: string, now: number): void {
    this.#toldAt.delete(taskId);
    this.#toldAt.set(taskId, now);
    for (const oldest of this.#toldAt.keys()) {
      if (this.#toldAt.size <= TASKS_KEPT) return;
      this.#toldAt.delete(oldest);
    }
  }

  #draft(agentId: string, report: AgentReport): Publishable | undefined {
    const now = this.#deps.clock.now();
    switch (report.kind) {
      case "progress": {
        const { kind: _, taskId, ...rest } = report;
        if (now - (this.#toldAt.get(taskId) ?? 0) < PROGRESS_EVERY_MS && report.ratio !== 1) return undefined;
        this.#remember(taskId, now);
        return { type: "task.progress", subject: `task/${taskId}`, data: { agentId, taskId, ...rest } };
      }
      case "usage": {
        const { kind: _, taskId, attempt, usage } = report;
        return { type: "task.usage", subject: `task/${taskId}`, data: { agentId, taskId, attempt, usage } };
      }
      case "tool_call": {
        const { taskId, attempt, tool, given } = report;
        const call = this.#deps.hash.sha256(`${tool}\n${canonical(given ?? null)}`).slice(0, 16);
        const malformed = isMalformed(given) ? { malformed: true } : {};
        const data = { agentId, taskId, attempt, tool, call, ...malformed };
        return { type: "task.tool_called", subject: `task/${taskId}`, data };
      }
      case "log": {
        const { taskId, attempt, level, message } = report;
        if (taskId === undefined || attempt === undefined) return undefined;
        return {
          type: "task.log",
          subject: `task/${taskId}`,
          data: { agentId, taskId, attempt, message, ...(level === undefined ? {} : { level }) },
        };
      }
      case "heartbeat": {
        const before = this.#heardAt.get(agentId);
        this.#heardAt.set(agentId, now);
        if (before !== undefined && now - before < SILENCE_MS) return undefined;
        return {
          type: "agent.heartbeat",
          subject: `agent/${agentId}`,
          data: { agentId, ...(report.pid === undefined ? {} : { pid: report.pid }) },
        };
      }
      case "resident_ended": {
        const supervisor = this.#deps.supervisor(agentId);
        if (supervisor === undefined) return undefined;
        const { failed, reason } = report;
        return {
          type: "agent.resident_ended",
          subject: `agent/${agentId}`,
          data: { agentId, supervisor, failed, reason },
        };
      }
      case "process_started": {
        const { identity, taskId, shadow } = report;
        return {
          type: "agent.process_started",
          subject: `agent/${agentId}`,
          data: { agentId, process: identity, ...(taskId === undefined ? {} : { taskId }), ...(shadow && { shadow }) },
        };
      }
      case "process_exited": {
        const { identity, exit, expected, shadow } = report;
        const { pid, startTime } = identity;
        return {
          type: "agent.process_exited",
          subject: `agent/${agentId}`,
          data: {
            agentId,
            pid,
            startTime,
            exitCode: exit.code,
            signal: exit.signal,
            expected,
            ...(shadow && { shadow }),
          },
        };
      }
    }
  }
}

/** Models give arguments as a text that should be JSON, and sometimes is not. */
function isMalformed(given: Json | undefined): boolean {
  if (typeof given !== "string") return false;
  try {
    JSON.parse(given);
    return false;
  } catch {
    return true;
  }
}

function isAboutProcess({ kind }: AgentReport): boolean {
  return kind === "process_started" || kind === "process_exited" || kind === "resident_ended";
}
