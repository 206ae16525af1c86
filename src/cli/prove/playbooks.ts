import { type Fault, faults } from "./faults.ts";
import { TO_LEARN } from "./stream.ts";

export const TOOL_COMMAND = "prove-tool";

/**
 * What a person wrote down for each failure: after it has struck three tasks, use a tool on the job and try again. A command
 * cannot be undone, so every run waits for that person's approval. Only the task's own success counts as a fix.
 */
export function playbooks(): readonly object[] {
  return faults.map((fault) => ({
    id: fault.tool,
    title: `Against ${fault.name}`,
    description: `A job fails with "${fault.says}": use ${fault.tool} on it and try again.`,
    trigger: {
      event_type: "failure.observed",
      conditions: {
        all: [
          { path: "event.data.tasks", gte: TO_LEARN },
          { path: "event.data.template", contains: fault.says },
        ],
      },
    },
    target: { kind: "file", id: { $ref: "task.input.job" } },
    actions: [
      {
        type: "run_command",
        params: { command: TOOL_COMMAND, arguments: { tool: fault.tool, job: { $ref: "task.input.job" } } },
      },
      { type: "retry_task", params: { target: { $ref: "event.data.taskId" }, probe: true } },
    ],
    validation: {
      check: "task_succeeded",
      params: { target: { $ref: "event.data.taskId" } },
      settleMs: 50,
      intervalMs: 200,
      probes: 100,
      required: 1,
      timeoutMs: 60_000,
    },
    grants: [`exec:${TOOL_COMMAND}`, "task.retry:own"],
    tests: [example(fault, TO_LEARN, "match"), example(fault, 1, "no_match")],
  }));
}

function example({ says }: Fault, tasks: number, expect: "match" | "no_match") {
  const data = { taskId: "t", agentId: "worker", tasks, template: `it says ${says} here` };
  return { event: { type: "failure.observed", data }, facts: { task: { id: "t", input: { job: "/jobs/1" } } }, expect };
}
