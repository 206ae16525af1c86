import { reactorsAnswer } from "./answer.mjs";

/**
 * A resident agent is given a batch that sets off its bug: it answers, then burns a core and grows. Nothing but its process
 * shows it.
 *
 * @param {import("../run.mjs").Stage} stage
 */
export async function runaway(stage) {
  const { plan, house, client, watch, begin, sabotage } = stage;
  const agent = plan.agents.cruncher;
  const after = await begin("runaway", agent, `a batch of ${plan.largeBatch} items sets off a bug in ${agent}`);
  await sabotage("runaway", { keepFiles: [`${house.agentDirs.cruncher}/keep-burning`] });
  await client.submit({ agent, input: { work: "reindex", items: plan.largeBatch } });
  const isHigh = ({ type, data }) => type === "resource.high" && data.agentId === agent;
  await watch.until(`resource.high for ${agent}`, isHigh, { after, timeoutMs: 45_000 });
  await reactorsAnswer(stage, agent, ({ target }) => target.id === agent, after);
}
