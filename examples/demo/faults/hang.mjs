import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HANG_TIMEOUT_MS } from "../house.mjs";

const HANGS = 3;

/**
 * An agent that never answers, with a helper that never does either. Each task is ended at its timeout, the whole process
 * tree with it; the third opens the breaker. Then the cause passes by itself, and a probe finds out.
 *
 * @param {import("../run.mjs").Stage} stage
 */
export async function hang({ plan, house, client, watch, begin, note, sabotaged }) {
  const agent = plan.agents.sleeper;
  const marker = join(house.agentDirs.sleeper, "hang");
  const task = { agent, input: { napMs: 20 }, timeoutMs: HANG_TIMEOUT_MS, retries: 0 };
  const after = await begin("hang", agent, `${agent} and its helper stop answering`);
  await writeFile(marker, "");

  for (let hung = 0; hung < HANGS; hung++) {
    const { id } = await client.submit(task);
    await watch.until(`task ${id} to be ended at its timeout`, failed(id), { after });
  }
  await watch.until(`${agent} to be degraded`, isDegraded(agent), { after });

  if (!sabotaged("hang")) {
    await rm(marker);
    await note("demo.cause_passed", { fault: "hang", agent, what: `what ${agent} waited for answers again` });
  }
  const { id } = await client.submit({
    ...task,
    timeoutMs: sabotaged("hang") ? HANG_TIMEOUT_MS : 10 * HANG_TIMEOUT_MS,
  });
  const ended = ({ type, data }) => (type === "task.succeeded" || type === "task.failed") && data.taskId === id;
  await watch.until(`the probe of ${agent}`, ended, { after, timeoutMs: 40_000 });
}

function failed(id) {
  return (event) => event.type === "task.failed" && event.data.taskId === id;
}

function isDegraded(agent) {
  return (event) => event.type === "agent.degraded" && event.data.agentId === agent;
}
