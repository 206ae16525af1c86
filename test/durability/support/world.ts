import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { tempDir } from "../../support/temp-dir.ts";
import type { CountingServer } from "./witness.ts";

const DAY_MS = 86_400_000;

/** Longer than any test: whatever waits for it must still wait at the end. */
export const LONG_MS = 90 * DAY_MS;
export const COOLDOWN_MS = 60;
/** Agents whose one failure keeps them away for `LONG_MS`. */
export const LASTING = ["cooling", "broken"] as const;

export function isLasting(agent: string): boolean {
  return LASTING.some((id) => id === agent);
}

/** More than one life writes: retention, which keeps two checkpoints, gives up nothing that was not read before. */
export const FAR_BETWEEN = 1_000;

/** Tasks that the load gives them. */
export const LASTING_TASKS = 4;

/** The attempt of the key is begun and ended in a file that only grows, by the process itself. */
const oneShot = (work: string) => `echo "begin $AIOS_IDEMPOTENCY_KEY $$" >> "$WITNESS"
${work}
echo "end $AIOS_IDEMPOTENCY_KEY $$" >> "$WITNESS"
echo done`;

const resident = `while read -r line; do
  key=\${line#*\\"idempotencyKey\\":\\"}; key=\${key%%\\"*}
  echo "begin $key $$" >> "$WITNESS"
  sleep 0.02
  echo "end $key $$" >> "$WITNESS"
  echo "{\\"type\\":\\"result\\",\\"id\\":\\"\${key%/*}\\",\\"output\\":1}"
done`;

/** Fails its first two attempts, without having begun anything that another attempt would do twice. */
const failing = oneShot('[ "$AIOS_ATTEMPT" -gt 2 ] || exit 7');

export interface World {
  readonly folder: string;
  readonly marks: string;
  readonly targets: string;
}

/** A folder with everything an engine under load needs: a configuration with agents, and playbooks. */
export async function makeWorld(server: CountingServer, checkpointEvents: number): Promise<World> {
  const folder = await tempDir();
  const world = { folder, marks: path.join(folder, "marks"), targets: path.join(folder, "targets") };
  await mkdir(world.targets);
  await mkdir(path.join(folder, "remedies"));
  for (const playbook of playbooksOf(world, server.url))
    await writeFile(path.join(folder, "remedies", `${playbook.id}.json`), JSON.stringify(playbook));
  await writeFile(
    path.join(folder, "aios.config.json"),
    JSON.stringify(configurationOf(world, server.url, checkpointEvents)),
  );
  return world;
}

/** What both a process and an engine in this process run on, but the agents. */
export function settingsOf(url: string, checkpointEvents: number) {
  return {
    http: { port: 0 },
    sensors: { enabled: false },
    log: { level: "error" },
    shutdown: { graceMs: 2_000 },
    // Small and often, so that closing, compressing, anchoring, checkpoints and retention are under way when the end
    // comes.
    journal: {
      segment: { bytes: 40_000 },
      anchors: { everyMs: 200 },
      checkpoint: { events: checkpointEvents, everyMs: 60_000, atLeast: 20 },
      retention: { bytes: 60_000 },
    },
    notify: { webhook: `${url}/notice`, retryMs: 50, attempts: 20 },
    tasks: { maxConcurrent: 5, backoff: { firstMs: 30, factor: 2, maxMs: 200 } },
    agents: {
      graceMs: 100,
      policy: { cooldownMs: COOLDOWN_MS, openMs: 100, failureThreshold: 1_000, archiveAfterProbes: 1_000 },
    },
    reactor: {
      playbooks: ["remedies"],
      approvalMs: LONG_MS,
      limits: {
        cooldownMs: 0,
        cooldownFactor: 1,
        targetPerHour: 100_000,
        targetPerDay: 100_000,
        playbookPerHour: 100_000,
        allPerHour: 100_000,
        stormPerMinute: 1_000_000,
        breakerFailures: 1_000_000,
        budgetOutcomes: 1_000_000,
      },
      risk: { confidenceFrom: 1_000_000 },
    },
  } as const;
}

/** What differs of the agents that fail once and then stay away. */
export const lasting = {
  cooling: { policy: { cooldownMs: LONG_MS } },
  broken: { policy: { failureThreshold: 1, openMs: LONG_MS } },
};

function configurationOf({ marks }: World, url: string, checkpointEvents: number): object {
  const shell = (script: string, more: object = {}) => ({
    command: ["sh", "-c", script],
    output: "text",
    env: { WITNESS: marks },
    graceMs: 100,
    ...more,
  });
  const agent = (id: string, config: object, more: object = {}) => ({ id, kind: "process", config, ...more });
  const settings = settingsOf(url, checkpointEvents);
  return {
    ...settings,
    agents: {
      ...settings.agents,
      declared: [
        agent("quick", shell(oneShot("")), { concurrency: 2 }),
        agent("slow", shell(oneShot("sleep 0.1"))),
        agent("failing", shell(failing)),
        agent("once", shell(oneShot("sleep 0.05"))),
        agent("keeper", shell(resident, { mode: "resident", output: "ndjson" })),
        agent("cooling", shell("exit 7"), lasting.cooling),
        agent("broken", shell("exit 7"), lasting.broken),
        agent("tuned", shell("true")),
      ],
    },
  };
}

/** One that mends, one that is never fixed and undone, one that ends processes, and one that asks a person. */
export function playbooksOf(
  { targets }: Pick<World, "targets">,
  url: string,
  tuned: object = { env: { TUNED: "yes" } },
) {
  const { host } = new URL(url);
  const on = (type: string) => ({
    trigger: { event_type: type },
    tests: [{ event: { type, data: { path: "/p", n: 1 } }, expect: "match" }],
  });
  const healthy = { check: "http_ok", params: { url: `${url}/health` }, settleMs: 30, intervalMs: 20, probes: 1 };
  const sick = { ...healthy, params: { url: `${url}/health`, status: 418 } };
  const file = { kind: "file", id: { $ref: "event.data.path" } };
  const write = { type: "write_file", params: { path: { $ref: "event.data.path" }, content: "mended" } };
  return [
    {
      id: "mend",
      ...on("load.broken"),
      target: file,
      actions: [
        write,
        { type: "http_request", params: { method: "GET", url: `${url}/step` } },
        { type: "emit_event", params: { event_type: "load.mended", data: {} } },
        { type: "notify", params: { channel: "webhook", text: "mended" } },
      ],
      validation: healthy,
      grants: [`fs.write:${targets}/**`, `http:GET ${host}/*`, "event.emit:load.mended", "notify:webhook"],
    },
    {
      id: "vain",
      ...on("load.vain"),
      target: { kind: "agent", id: "tuned" },
      actions: [write, { type: "configure_agent", params: { target: "tuned", patch: tuned } }],
      validation: sick,
      grants: [`fs.write:${targets}/**`, "agent.configure:tuned"],
    },
    {
      id: "restart",
      ...on("load.stuck"),
      target: { kind: "agent", id: "keeper" },
      actions: [{ type: "kill_process", params: { target: "keeper", graceMs: 100 } }],
      validation: healthy,
      grants: ["process.signal:own"],
    },
    {
      id: "risky",
      ...on("load.risky"),
      target: file,
      actions: [{ type: "http_request", params: { method: "POST", url: `${url}/charge`, body: {} } }],
      validation: healthy,
      grants: [`http:POST ${host}/*`],
    },
  ];
}
