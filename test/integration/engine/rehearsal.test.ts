import { describe, expect, it } from "vitest";
import { playbooksDoor } from "../../../src/runtime/doors/playbooks-door.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const broken = { type: "build.broken", data: {} } as const;
const me = { role: "operator", id: "me" } as const;

/** A world in which the remedy's file is too large to be put back, so that its writing is refused. */
async function unwritable(mode: "live" | "rehearse"): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open({ playbooks: [mending()], config: { reactor: { mode } } });
  healthOf(engine.world, 200);
  await engine.world.files.write(CONFIG_FILE, "x".repeat(600_000));
  return engine;
}

describe("a rehearsal", () => {
  it("fails where the live run would fail before its effect, in the same words", async () => {
    const ends = [];
    for (const mode of ["live", "rehearse"] as const) {
      const engine = await unwritable(mode);
      await engine.publish(broken);
      await engine.pass(60_000);
      const [completed] = engine.told("run.step_completed");
      const [settled] = engine.told("playbook.settled");
      ends.push({ detail: completed?.data.detail, outcome: settled?.data.outcome, reason: settled?.data.reason });
      expect(settled?.data.rehearsed).toBe(mode === "rehearse");
    }
    expect(ends[0]).toMatchObject({ outcome: "not_fixed", detail: expect.stringContaining("more than undo could") });
    expect(ends[1]).toEqual(ends[0]);
  });

  it("is foreseen by a dry run, which leaves no trace in the journal", async () => {
    const engine = await unwritable("live");
    const before = engine.events.length;
    const door = playbooksDoor(engine.runtime);
    const event = { type: "build.broken", data: {} };
    expect(await door.dryRun("mend", { event }, me)).toMatchObject({
      verdict: "refused",
      reason: expect.stringMatching(/^write_file: .*more than undo could put back/) as string,
    });
    await engine.world.files.write(CONFIG_FILE, "old");
    expect(await door.dryRun("mend", { event }, me)).toMatchObject({ verdict: "would_act" });
    expect(engine.events).toHaveLength(before);
  });
});
