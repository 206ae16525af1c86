import path from "node:path";
import { describe, expect, it } from "vitest";
import { twinOf } from "../../support/library-twins.ts";
import { ModelWorld, type ModelWorldOptions } from "../../support/model-remedies.ts";
import { type Fault, faults, type Seen } from "../../support/model-server.ts";

/** Whether the fault ends where the remedy helps, or stays whatever is done. */
type Life = "curable" | "kept";

interface Remedy extends Omit<ModelWorldOptions, "playbooks"> {
  readonly playbook: string;
  readonly fault: (life: Life) => Fault | undefined;
  /** Whether a request is one that the remedy changed, as the server sees it. */
  readonly changed: (seen: Seen) => boolean;
  /** What the task is given. */
  readonly input?: object;
  readonly timeoutMs?: number;
  /** Brings the fault about where that takes more than one task. */
  readonly strike?: (world: ModelWorld, life: Life) => Promise<unknown>;
}

/** The scheduler's own next attempt comes late: what helps is the remedy. */
const patient = { policy: { cooldownMs: 30_000 } };
const history = Array.from({ length: 20 }, (_, turn) => ({ role: "user", content: `${turn} `.repeat(200) }));
const asked = (model: string) => (seen: Seen) => seen.model === model;

const remedies: readonly Remedy[] = [
  {
    playbook: "rate_limit_slow_down",
    about: { ...patient, concurrency: 3 },
    fault: (life) => (life === "kept" ? faults.busy(0, 1) : faults.hasty(900)),
    changed: ({ sinceRefusalMs, atOnce }) => sinceRefusalMs !== undefined && sinceRefusalMs >= 900 && atOnce === 1,
  },
  {
    playbook: "quota_fallback_model",
    about: patient,
    fault: (life) => (life === "kept" ? faults.spent("big", "small") : faults.spent("big")),
    changed: asked("small"),
  },
  {
    playbook: "provider_outage_fallback_model",
    fault: (life) => (life === "kept" ? faults.down("big", "small") : faults.down("big")),
    changed: asked("small"),
  },
  {
    playbook: "context_too_long_trim",
    about: patient,
    input: { history },
    fault: (life) => (life === "kept" ? faults.small(10, 1_000) : faults.small(1_000)),
    changed: ({ tokens }) => tokens <= 1_000,
  },
  {
    playbook: "tool_output_malformed_advise",
    about: patient,
    fault: (life) => (life === "kept" ? faults.brokenCalls() : faults.brokenCalls("one complete JSON object")),
    changed: ({ prompt }) => prompt.includes("one complete JSON object"),
  },
  {
    playbook: "tool_loop_advise",
    about: patient,
    settings: { maxTurns: 60 },
    fault: (life) => (life === "kept" ? faults.sameCall() : faults.sameCall("Never call a tool again")),
    changed: ({ prompt }) => prompt.includes("Never call a tool again"),
  },
  {
    playbook: "hung_task_time_limit",
    about: patient,
    timeoutMs: 4_000,
    fault: (life) => faults.silent(life === "kept" ? 1_000 : 3),
    changed: ({ answered }) => answered === "gone",
  },
  {
    playbook: "crash_loop_restore_configuration",
    about: { tuning: { retries: 2 } },
    fault: () => undefined,
    changed: asked("big"),
    async strike(world, life) {
      await world.ended(await world.submit());
      const config = world.config();
      const command = [process.execPath, path.join(world.test.dataDir, "none.mjs")];
      // What worked once does not start any more either: the agent's program needs a module that is gone.
      if (life === "kept") await world.breakProgram();
      await world.configure({ ...config, command });
    },
  },
  {
    playbook: "slow_agent_fallback_model",
    about: { concurrency: 2 },
    fault: (life) => (life === "kept" ? faults.slow(900, "big", "small") : faults.slow(900, "big")),
    changed: asked("small"),
  },
];

describe.each(remedies)("$playbook", (remedy) => {
  const { playbook, fault, changed, input, timeoutMs, strike } = remedy;

  async function lived(life: Life) {
    const world = await ModelWorld.open({ ...remedy, playbooks: [playbook] });
    await strike?.(world, life);
    const before = world.agent();
    const from = world.server.seen.length;
    world.server.misbehave(fault(life));
    const submit = () => world.submit(input, timeoutMs === undefined ? {} : { timeoutMs });
    const first = await submit();
    const settled = world.settled(playbook);
    // Work goes on coming while the remedy is judged.
    if (playbook === "slow_agent_fallback_model") await world.keepsAsking(settled);
    return { world, before, first, settled: await settled, seen: world.server.seen.slice(from) };
  }

  it("mends the real fault: the server sees another request, and the task succeeds", async () => {
    const { world, before, first, settled, seen } = await lived("curable");
    expect(settled).toMatchObject({ outcome: "fixed", rollback: "none" });
    expect(await world.ended(first)).toMatchObject({ state: "succeeded" });
    expect(seen.filter(changed).length).toBeGreaterThan(0);
    expect(world.agent()).not.toBe(before);
  });

  it("does not call a fault mended that is kept alive, and restores the agent byte for byte", async () => {
    const { world, before, settled } = await lived("kept");
    expect(settled).toMatchObject({ ...twinOf(playbook), residue: [] });
    expect(world.test.told("run.undo_completed").map(({ data }) => data.same)).not.toContain(false);
    expect(world.agent()).toBe(before);
  });
});
