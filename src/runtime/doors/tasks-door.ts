import { effectsOfTask } from "../../actors/views/ledger.ts";
import { hasEnded, type TaskRow } from "../../actors/views/tasks.ts";
import type { TasksDoor } from "../../http/deps.ts";
import { principalName } from "../../http/principals.ts";
import type { TaskView } from "../../http/shapes/task.ts";
import { parseJson } from "../../kernel/json.ts";
import type { Runtime } from "../../runtime.ts";

export function tasksDoor({ views, tasks, ports, dataDir }: Runtime): TasksDoor {
  return {
    list: () => views.tasks.list().map(taskView),
    get: (id) => viewOf(views.tasks.get(id)),
    submit: async (input, by) => taskView(await tasks.submit(input, principalName(by))),
    cancel: async (id, reason, by) => taskView(await tasks.cancel(id, reason, principalName(by))),
    async output(id) {
      const task = views.tasks.get(id);
      if (task === undefined || !hasEnded(task)) return undefined;
      const { state, output, outputBytes } = task;
      if (output !== undefined || outputBytes === undefined) return { id, state, output, outputBytes };
      // What is too large for an event was kept in a file of its own.
      const text = await ports.files.readText(`${dataDir}/outputs/${id}.json`);
      return { id, state, output: text === undefined ? undefined : parseJson(text), outputBytes };
    },
  };
}

export function taskView(row: TaskRow): TaskView {
  const { id, state, agent, capability, priority, input, timeoutMs, retries, attempts, submittedBy } = row;
  const { submittedAtMs, startedAtMs, endedAtMs, durationMs, waitingFor, decision, output, outputBytes } = row;
  return {
    id,
    state,
    agent,
    capability,
    priority,
    input,
    timeoutMs,
    retries,
    dependsOn: [...row.dependsOn],
    attempts,
    output,
    outputBytes,
    error: row.error,
    waitingFor,
    decision,
    effects: effectsOfTask(row).map((one) => ({ ...one })),
    submittedBy,
    submittedAtMs,
    startedAtMs,
    endedAtMs,
    durationMs,
  };
}

function viewOf(row: TaskRow | undefined): TaskView | undefined {
  return row === undefined ? undefined : taskView(row);
}
