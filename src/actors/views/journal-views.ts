import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent, EventOf } from "../../events/envelope.ts";

/** Version of the lines of both files. */
export const JOURNAL_VIEW_FORMAT = 1;

/** A file that can be rebuilt from the journal at any time: its first line, then the lines of each event in order. */
export interface JournalView {
  readonly file: string;
  readonly header: string;
  /** The lines that an event adds, without line breaks; most add none. */
  readonly lines: (event: AnyEvent) => readonly string[];
}

const executions = view("playbook_executions", (tell) => ({
  "run.step_completed": (event) => {
    const { runId, step, action, key, ok, detail } = event.data;
    tell(event, { what: "step", run: runId, step, action, key, ok, detail });
  },
  "run.undo_completed": (event) => {
    const { runId, step, action, key, ok, same, detail } = event.data;
    tell(event, { what: "undo", run: runId, step, action, key, ok, same, detail });
  },
  "playbook.executed": (event) => {
    const { runId, playbookId, target, ok, steps, rehearsed } = event.data;
    tell(event, { what: "executed", run: runId, playbook: playbookId, target, ok, steps, rehearsed });
  },
  "playbook.settled": (event) => tell(event, settled(event)),
  "playbook.relapsed": (event) => {
    const { runId, playbookId, target, again } = event.data;
    tell(event, { what: "relapsed", run: runId, playbook: playbookId, target, again });
  },
  "playbook.suppressed": (event) => {
    const { runId, playbookId, target, reason, detail, trigger } = event.data;
    tell(event, { what: "suppressed", run: runId, playbook: playbookId, target, reason, detail, trigger: trigger.id });
  },
}));

const tasks = view("agent_tasks", (tell) => ({
  "task.started": (event) => {
    const { taskId, agentId, attempt, configVersion, probe } = event.data;
    tell(event, { what: "started", task: taskId, agent: agentId, attempt, configVersion, probe });
  },
  "task.attempt_failed": (event) => {
    const { taskId, agentId, attempt, reason, error, durationMs, retryAtMs, contained } = event.data;
    const { message, code, exitCode, signal, status } = error;
    const end = { message, code, exitCode, signal, status, durationMs, retryAtMs, contained };
    tell(event, { what: "attempt_failed", task: taskId, agent: agentId, attempt, reason, ...end });
  },
  "task.succeeded": (event) => {
    const { taskId, agentId, attempt, durationMs, outputBytes } = event.data;
    tell(event, { what: "ended", state: "succeeded", task: taskId, agent: agentId, attempt, durationMs, outputBytes });
  },
  "task.failed": (event) => {
    const { taskId, agentId, state, attempts, reason, error } = event.data;
    tell(event, { what: "ended", state, task: taskId, agent: agentId, attempts, reason, message: error.message });
  },
  "task.cancelled": (event) => {
    const { taskId, agentId, by, reason } = event.data;
    tell(event, { what: "ended", state: "cancelled", task: taskId, agent: agentId, by, reason });
  },
  "task.retried": (event) => {
    const { taskId, by, runId, probe } = event.data;
    tell(event, { what: "retried", task: taskId, by, run: runId, probe });
  },
}));

export const journalViews: readonly JournalView[] = [executions, tasks];

type Tell = (event: AnyEvent, facts: Readonly<Record<string, unknown>>) => void;

function view(name: string, handlers: (tell: Tell) => Parameters<typeof dispatcher>[0]): JournalView {
  let lines: string[] = [];
  const handle = dispatcher(
    handlers(({ sequence, time }, facts) => {
      lines.push(JSON.stringify({ sequence, time, ...facts }));
    }),
  );
  return {
    file: `${name}.jsonl`,
    header: JSON.stringify({ view: name, format: JOURNAL_VIEW_FORMAT }),
    lines: (event) => {
      lines = [];
      handle(event);
      return lines;
    },
  };
}

function settled({ data }: EventOf<"playbook.settled">): Readonly<Record<string, unknown>> {
  const { runId, playbookId, target, outcome, rollback, reason, via, rehearsed, residue, settleMs, trigger } = data;
  const end = { outcome, rollback, reason, via, rehearsed, residue, settleMs, trigger: trigger.id };
  return { what: "settled", run: runId, playbook: playbookId, target, ...end };
}
