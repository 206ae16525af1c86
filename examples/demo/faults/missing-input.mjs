import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readingTask } from "../agents.mjs";
import { reactorsAnswer } from "./answer.mjs";

/** So many failures of one kind make a pattern. */
const PATTERN = 3;

/**
 * Inputs are deleted. Three tasks fail on three of them; the playbook restores the third and tries it again. With the
 * lesson verified, the dead letters of the first two are replayed and new tasks arrive: each is mended at once.
 *
 * @param {import("../run.mjs").Stage} stage
 */
export async function missingInput(stage) {
  const { plan, house, client, watch, begin, sabotage } = stage;
  const agent = plan.agents.reader;
  const names = plan.missingFiles;
  const paths = names.map((name) => join(house.inputs, name));
  const after = await begin("missing", agent, `${names.length} inputs of ${agent} disappear`);
  for (const path of paths) await rm(path);
  await sabotage("missing", { deleteFiles: paths });

  const early = [];
  for (const name of names.slice(0, PATTERN)) {
    const { id } = await client.submit(readingTask(plan, house, name));
    early.push(id);
    const failed = ({ type, data }) => type === "task.failed" && data.taskId === id;
    await watch.until(`task ${id} to fail`, failed, { after });
  }
  const third = paths[PATTERN - 1];
  const answer = await reactorsAnswer(stage, `the missing ${third}`, ({ target }) => target.id === third, after);
  if (answer?.data.outcome !== "fixed") return;

  await replay(stage, early.slice(0, -1));
  for (const name of names.slice(PATTERN)) {
    const from = watch.last;
    const { id } = await client.submit(readingTask(plan, house, name));
    await mended(watch, id, from);
  }
  const hardened = ({ type, data }) => type === "lesson.promoted" && data.to === "hardened";
  await watch.until("the lesson to be hardened", hardened, { after, timeoutMs: 5_000, optional: true });
}

/** The tasks that failed before anybody knew a remedy. */
async function replay({ client, watch }, tasks) {
  const letters = await client.deadLetters();
  for (const task of tasks) {
    const letter = letters.find((one) => one.task === task);
    if (letter === undefined) throw new Error(`task ${task} failed but has no dead letter`);
    const from = watch.last;
    await client.replay(letter.id);
    await mended(watch, task, from);
  }
}

/** Resolves when the run that a task's failure set off is over. */
function mended(watch, task, after) {
  const wanted = ({ type, data }) => type === "playbook.settled" && data.taskId === task;
  return watch.until(`the run that mends task ${task}`, wanted, { after, timeoutMs: 30_000 });
}
