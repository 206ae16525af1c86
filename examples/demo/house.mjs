import { mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** Every limit that the demo sets differently from the defaults, so that a minute shows what else takes an hour. */
export const shortened = [
  { key: "agents.policy.cooldownMs", usual: 60_000, here: 1_000, why: "a blocked agent comes back sooner" },
  { key: "agents.policy.openMs", usual: 60_000, here: 3_000, why: "a degraded agent gets its probe sooner" },
  { key: "sensors.intervalMs", usual: 5_000, here: 500, why: "three samples take 1.5 s instead of 15" },
];

/** The timeout that the demo gives the tasks that will hang; the default is 300 s. */
export const HANG_TIMEOUT_MS = 1_500;

/**
 * The demo's own folder: a working directory per agent, inputs and their backup, the engine's data and configuration.
 *
 * @param {import("./plan.mjs").Plan} plan @param {number} port
 */
export async function buildHouse(plan, port) {
  const root = await realpath(await mkdtemp(join(tmpdir(), "aios-demo-")));
  const agentDir = (role) => join(root, "agents", plan.agents[role]);
  const house = {
    root,
    dataDir: join(root, "data"),
    configPath: join(root, "aios.config.json"),
    journalPath: join(root, "data", "events.jsonl"),
    logs: join(root, "logs"),
    upstreamDir: join(root, "upstream"),
    agentDirs: Object.fromEntries(Object.keys(plan.agents).map((role) => [role, agentDir(role)])),
    inputs: join(agentDir("reader"), "inputs"),
    backup: join(root, "backup"),
    playbooks: join(root, "playbooks"),
  };
  for (const folder of [
    house.dataDir,
    house.logs,
    house.upstreamDir,
    house.playbooks,
    ...Object.values(house.agentDirs),
  ])
    await mkdir(folder, { recursive: true });
  await writeInputs(plan, house);
  await writePlaybooks(plan, house);
  await writeConfig(house, port);
  return house;
}
/** @typedef {Awaited<ReturnType<typeof buildHouse>>} House */

async function writeInputs(plan, { inputs, backup }) {
  for (const name of [...plan.healthyFiles, ...plan.missingFiles]) {
    const rows = Array.from({ length: plan.rows() }, (_, row) => `${row},${name},${(row * 37) % 101}`);
    for (const folder of [inputs, backup]) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `${["id,origin,value", ...rows].join("\n")}\n`);
    }
  }
}

/** A playbook's grants name exact places, and those exist only now: they are written into this run's copy. */
async function writePlaybooks(plan, house) {
  const places = { inputs: house.inputs, backup: house.backup, caller: plan.agents.caller };
  const folder = join(here, "playbooks");
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".json"))) {
    const text = await readFile(join(folder, file), "utf8");
    await writeFile(
      join(house.playbooks, file),
      text.replace(/\{\{(\w+)\}\}/g, (_, name) => places[name]),
    );
  }
}

async function writeConfig(house, port) {
  const config = { dataDir: house.dataDir, http: { port }, reactor: { playbooks: [house.playbooks] } };
  for (const { key, here: value } of shortened) {
    const path = key.split(".");
    const last = path.pop() ?? key;
    let inner = /** @type {Record<string, any>} */ (config);
    for (const name of path) inner = inner[name] ??= {};
    inner[last] = value;
  }
  await writeFile(house.configPath, `${JSON.stringify(config, null, 2)}\n`);
}
