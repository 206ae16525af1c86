import type { DeadLetterRow } from "../../actors/views/dead-letters.ts";
import type { DeadLettersDoor } from "../../http/deps.ts";
import { principalName } from "../../http/principals.ts";
import type { DeadLetterView } from "../../http/shapes/remedy.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { Runtime } from "../../runtime.ts";
import { taskView } from "./tasks-door.ts";

export function deadLettersDoor({ views, tasks }: Runtime): DeadLettersDoor {
  return {
    list: () => views.deadLetters.list().map(letterView),
    get: (id) => {
      const row = views.deadLetters.get(id);
      return row === undefined ? undefined : letterView(row);
    },
    async replay(id, by) {
      const letter = views.deadLetters.get(id);
      if (letter === undefined) throw new AiosError("not_found", `there is no dead letter "${id}"`);
      if (letter.kind === "mail")
        throw new AiosError(
          "conflict",
          `${letter.message}; they were never written, so there is nothing to queue again`,
        );
      if (letter.replayed) throw new AiosError("conflict", `dead letter ${id} was replayed already`);
      // A task that dies again leaves a letter under the same name.
      const key = `replay/${id}/${letter.atMs}`;
      return taskView(await tasks.retry(letter.task, { by: principalName(by), key, probe: false }));
    },
  };
}

function letterView(row: DeadLetterRow): DeadLetterView {
  const { kind, id, agent, reason, message, atMs } = row;
  const about = { kind, id, agent, reason, message, atMs };
  if (row.kind === "task")
    return { ...about, task: row.task, attempts: row.attempts, replayed: row.replayed, count: 1 };
  return { ...about, attempts: 0, replayed: false, count: row.count, types: { ...row.types } };
}
