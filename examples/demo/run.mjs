import { describeAgents, ordinaryTasks } from "./agents.mjs";
import { hang } from "./faults/hang.mjs";
import { missingInput } from "./faults/missing-input.mjs";
import { runaway } from "./faults/runaway.mjs";
import { upstream } from "./faults/upstream.mjs";

const faults = { runaway, missing: missingInput, hang, upstream };

/**
 * What a fault's script has at hand: the plan, the doors, the events so far, and how it marks the journal. `begin` notes the
 * fault in the journal and answers with the note's sequence; `sabotage` hands the fault to the outside hand, if this run
 * has one for it.
 *
 * @typedef {{
 *   plan: import("./plan.mjs").Plan,
 *   house: import("./house.mjs").House,
 *   client: import("./client.mjs").Client,
 *   watch: import("./watch.mjs").Watch,
 *   paused: boolean,
 *   begin: (fault: string, agent: string, what: string) => Promise<number>,
 *   note: (type: string, data: Record<string, string>) => Promise<unknown>,
 *   sabotage: (fault: string, deeds: {deleteFiles?: string[], keepFiles?: string[]}) => Promise<void>,
 *   sabotaged: (fault: string) => boolean,
 * }} Stage
 */

/**
 * Ordinary work first, so that there is something to measure against; then one fault after the other, with a calm between
 * them so that each one's score can be told apart.
 *
 * @param {Stage} stage @param {string} upstreamUrl @param {(what: string) => void} waiting
 */
export async function runFaults(stage, upstreamUrl, waiting) {
  const { plan, house, client, watch, paused } = stage;
  for (const agent of describeAgents(plan, house, upstreamUrl)) await client.registerAgent(agent);
  if (paused) await client.pause("the demo shows what happens when nothing is mended");

  waiting("ordinary work");
  const ordinary = [];
  for (const task of ordinaryTasks(plan, house)) ordinary.push((await client.submit(task)).id);
  for (const id of ordinary) {
    const done = ({ type, data }) => type === "task.succeeded" && data.taskId === id;
    await watch.until(`ordinary task ${id}`, done);
  }
  await watch.calm();

  for (const name of plan.order) {
    waiting(name);
    await faults[name](stage);
    await watch.calm();
  }
}
