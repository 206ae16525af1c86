import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reactorsAnswer } from "./answer.mjs";

/**
 * The upstream answers 503, its mirror too. The playbook sends the agent to the mirror, which does not help: the change must
 * be taken back.
 *
 * @param {import("../run.mjs").Stage} stage
 */
export async function upstream(stage) {
  const { plan, house, client, watch, begin } = stage;
  const agent = plan.agents.caller;
  const after = await begin("upstream", agent, `the upstream of ${agent} answers 503, its mirror too`);
  await writeFile(join(house.upstreamDir, "broken"), "");
  const { id } = await client.submit({ agent, input: { question: plan.question }, retries: 1 });
  const failed = ({ type, data }) => type === "task.failed" && data.taskId === id;
  await watch.until(`task ${id} to spend its retries`, failed, { after });
  await reactorsAnswer(stage, `the upstream of ${agent}`, ({ target }) => target.kind === "upstream", after);
}
