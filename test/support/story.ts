import type { EventData, EventType } from "../../src/events/catalog.ts";
import { catalog } from "../../src/events/catalog.ts";
import type { AnyEvent, EventOf } from "../../src/events/envelope.ts";
import { isoTime } from "../../src/kernel/iso-time.ts";

/** Tells events as a journal would hold them: checked against the catalogue, numbered from 1, time passing only when told. */
export class Story {
  readonly events: AnyEvent[] = [];
  #at: number;

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#at = startMs;
  }

  get at(): number {
    return this.#at;
  }

  wait(ms: number): this {
    this.#at += ms;
    return this;
  }

  tell<T extends EventType>(
    type: T,
    data: EventData<T>,
    more: { readonly principal?: string; readonly idempotencykey?: string } = {},
  ): EventOf<T> {
    const sequence = this.events.length + 1;
    const event = {
      specversion: "1.0",
      id: `e${sequence}`,
      source: "/aios",
      type,
      time: isoTime(this.#at),
      datacontenttype: "application/json",
      sequence,
      severity: catalog[type].severity,
      principal: "engine",
      correlationid: `e${sequence}`,
      depth: 0,
      ...more,
      data: catalog[type].data.parse(data),
      at: this.#at,
    } as EventOf<T>;
    this.events.push(event as AnyEvent);
    return event;
  }
}

/** Data of the events that stories tell most, with everything but the point filled in. */
export const facts = {
  submitted: (id: string, more: Partial<EventData<"task.submitted">["task"]> = {}): EventData<"task.submitted"> => ({
    task: {
      id,
      agentId: "coder",
      input: { file: `${id}.txt` },
      priority: "P2",
      timeoutMs: 300_000,
      retries: 0,
      dependsOn: [],
      onInterrupt: "retry",
      submittedBy: "operator/me",
      ...more,
    },
  }),
  started: (taskId: string, attempt = 1, agentId = "coder"): EventData<"task.started"> => ({
    taskId,
    agentId,
    attempt,
    key: `${taskId}#${attempt}`,
    deadlineAtMs: 9e12,
    configVersion: 1,
    probe: false,
    lessons: [],
  }),
  succeeded: (taskId: string, attempt = 1, agentId = "coder"): EventData<"task.succeeded"> => ({
    taskId,
    agentId,
    attempt,
    key: `${taskId}#${attempt}`,
    durationMs: 100,
    output: "done",
    outputBytes: 6,
  }),
  attemptFailed: (
    taskId: string,
    attempt = 1,
    more: Partial<EventData<"task.attempt_failed">> = {},
  ): EventData<"task.attempt_failed"> => ({
    taskId,
    agentId: "coder",
    attempt,
    key: `${taskId}#${attempt}`,
    reason: "error",
    error: { message: "ENOENT: no such file" },
    durationMs: 50,
    ...more,
  }),
  retried: (taskId: string, attempts = 1): EventData<"task.retried"> => ({
    taskId,
    by: "playbook/x",
    probe: true,
    task: facts.submitted(taskId).task,
    attempts,
  }),
  failed: (taskId: string, state: "failed" | "dead" = "dead", agentId = "coder"): EventData<"task.failed"> => ({
    taskId,
    agentId,
    state,
    attempts: 1,
    reason: "error",
    error: { message: "ENOENT: no such file" },
  }),
  agent: (id = "coder", more: Partial<EventData<"agent.registered">["agent"]> = {}): EventData<"agent.registered"> => ({
    agent: {
      id,
      kind: "process",
      config: { command: ["coder"] },
      capabilities: ["code"],
      concurrency: 1,
      policy: { failureThreshold: 3, cooldownMs: 60_000, openMs: 60_000, archiveAfterProbes: 10 },
      ...more,
    },
    configHash: "hash-1",
    by: "operator/me",
  }),
  matched: (runId: string, more: Partial<EventData<"playbook.matched">> = {}): EventData<"playbook.matched"> => ({
    runId,
    playbookId: "restore-input",
    target: { kind: "file", id: "/in/a.txt" },
    trigger: { id: "e1", sequence: 1, type: "failure.observed", at: 0 },
    via: "trigger",
    mode: "live",
    priority: "P1",
    plan: {
      playbookHash: "ph",
      prechecks: [],
      steps: [step("restore_file"), step("retry_task")],
      validation: {
        check: "task_succeeded",
        params: {},
        settleMs: 1,
        intervalMs: 1,
        probes: 1,
        required: 1,
        timeoutMs: 1,
      },
      rollback: true,
      risk: "low",
      riskWhy: [],
      needsApproval: false,
      grants: [],
    },
    planHash: "plan",
    targetVersion: "v1",
    why: ["the failure is ENOENT"],
    approvalExpiresAtMs: 0,
    ...more,
  }),
  settled: (
    runId: string,
    outcome: EventData<"playbook.settled">["outcome"],
    more: Partial<EventData<"playbook.settled">> = {},
  ): EventData<"playbook.settled"> => ({
    runId,
    playbookId: "restore-input",
    target: { kind: "file", id: "/in/a.txt" },
    trigger: { id: "e1", sequence: 1, type: "failure.observed", at: 0 },
    outcome,
    rollback: "none",
    reason: "",
    via: "trigger",
    rehearsed: false,
    residue: [],
    settleMs: 1,
    ...more,
  }),
  relapsed: (runId: string): EventData<"playbook.relapsed"> => ({
    runId,
    playbookId: "restore-input",
    target: { kind: "file", id: "/in/a.txt" },
    again: "e9",
  }),
  observed: (
    fingerprint: string,
    taskId: string,
    tasks: number,
    more: Partial<EventData<"failure.observed">> = {},
  ): EventData<"failure.observed"> => ({
    fingerprint,
    ruleVersion: 1,
    template: "ENOENT: no such file <path>",
    taskId,
    agentId: "coder",
    attempt: 1,
    tasks,
    reason: "error",
    ...more,
  }),
};

function step(action: string): EventData<"playbook.matched">["plan"]["steps"][number] {
  return {
    action,
    params: {},
    onFailure: "stop",
    risk: "low",
    reversible: true,
    idempotent: true,
    says: `${action} it`,
    agents: [],
  };
}
