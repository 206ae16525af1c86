import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const programs = join(dirname(fileURLToPath(import.meta.url)), "..", "agents");

/**
 * The demo's agents as they are registered: four small programs, each in its own working directory.
 *
 * @param {import("./plan.mjs").Plan} plan @param {import("./house.mjs").House} house @param {string} upstreamUrl
 */
export function describeAgents(plan, house, upstreamUrl) {
  const agent = (role, config = {}) => ({
    id: plan.agents[role],
    kind: "process",
    config: {
      command: [process.execPath, join(programs, `${role}.mjs`)],
      mode: "one-shot",
      output: "ndjson",
      cwd: house.agentDirs[role],
      ...config,
    },
  });
  return [
    agent("reader"),
    agent("cruncher", { mode: "resident" }),
    agent("sleeper"),
    agent("caller", {
      env: {
        UPSTREAM_NAME: plan.service,
        UPSTREAM_URL: `${upstreamUrl}${plan.paths.primary}`,
        UPSTREAM_MIRROR: `${upstreamUrl}${plan.paths.mirror}`,
      },
    }),
  ];
}

/** A reader's task: the file to read, and where a copy of it is kept. */
export function readingTask(plan, house, name) {
  const input = { file: join(house.inputs, name), source: join(house.backup, name) };
  return { agent: plan.agents.reader, input, retries: 0 };
}

/** Ordinary work, so that there is something to measure the faults against. */
export function ordinaryTasks(plan, house) {
  const { cruncher, sleeper, caller } = plan.agents;
  return [
    ...plan.healthyFiles.map((name) => readingTask(plan, house, name)),
    { agent: cruncher, input: { work: "reindex", items: 200 } },
    { agent: cruncher, input: { work: "digest", items: 400 } },
    { agent: sleeper, input: { napMs: 30 } },
    { agent: sleeper, input: { napMs: 60 } },
    { agent: caller, input: { question: plan.question } },
    { agent: caller, input: { question: `${plan.question} again` } },
  ];
}
