import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { simulationParts } from "../../src/cli/simulate/parts.ts";
import { configure } from "../../src/config/configure.ts";
import { type EventType, isKnown } from "../../src/events/catalog.ts";
import { nodeFiles } from "../../src/platform/files.ts";
import { nodeHash } from "../../src/platform/hash.ts";
import { loadRules } from "../../src/runtime/playbook-files.ts";
import { simulatedConfig } from "../../src/simulation/profile.ts";
import { simulate } from "../../src/simulation/simulation.ts";

const { config, origins } = configure({ env: {} });
const playbooks = fileURLToPath(new URL("../../playbooks", import.meta.url));
const rules = await loadRules({ files: nodeFiles, hash: nodeHash }, [[playbooks]]);

const AGENTS = 60;
/** In these two hours something goes wrong of nearly every sort. */
const SEED = 3;
/** Here the machine's processor is at its limit for a while. */
const CROWDED = 40;

async function lived(options: { readonly seed?: number; readonly hours?: number; readonly without?: EventType } = {}) {
  const { seed = SEED, hours = 2, without } = options;
  const digest = createHash("sha256");
  const parts = simulationParts((bytes) => void digest.update(bytes));
  const report = await simulate(
    {
      seed,
      durationMs: hours * 3_600_000,
      agents: AGENTS,
      config: simulatedConfig(config, AGENTS, origins),
      rules,
      without,
      version: "test",
    },
    parts,
  );
  return { ...report, digest: digest.digest("hex") };
}

describe("a simulation", () => {
  it("goes through failures, remedies, breakers, incidents and lessons with the engine's own parts", async () => {
    const { types, remedies, tasks, logged } = await lived();
    for (const type of [
      "task.attempt_failed",
      "task.failed",
      "playbook.matched",
      "playbook.settled",
      "playbook.suppressed",
      "agent.degraded",
      "incident.opened",
      "lesson.drafted",
      "deadline.fired",
    ])
      expect(types, type).toHaveProperty([type]);
    expect(Object.keys(remedies).length).toBeGreaterThan(0);
    expect(tasks.succeeded).toBeGreaterThan(0);
    expect(logged.errors).toEqual({});
  });

  it("has a machine that is crowded at times, and a person who answers what is asked about that", async () => {
    const { types, approvals } = await lived({ seed: CROWDED });
    expect(types).toMatchObject({ "resource.high": expect.any(Number), "resource.normal": expect.any(Number) });
    expect(approvals).toMatchObject({ requested: 1, approved: 1 });
  });

  it("is another one without any one of the event types that occur in it", { timeout: 300_000 }, async () => {
    const whole = await lived();
    const types = Object.keys(whole.types).filter(isKnown);
    expect(types.length).toBeGreaterThan(30);
    const digests = new Map([[whole.digest, "the whole"]]);
    for (const without of types) {
      // The journal cannot begin without it.
      if (without === "journal.opened") continue;
      const { digest, types: left, lost } = await lived({ without });
      expect(digests.get(digest), without).toBeUndefined();
      expect(left, without).not.toHaveProperty([without]);
      expect(lost, without).toBeGreaterThan(0);
      digests.set(digest, without);
    }
  });
});
