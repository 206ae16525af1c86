import { expect, it } from "vitest";
import { runsDoor } from "../../../src/runtime/doors/runs-door.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const writing = { type: "write_file", params: { path: CONFIG_FILE, content: "new" } };
const telling = { type: "notify", params: { text: "look" } };
const posting = { type: "http_request", params: { method: "POST", url: "http://upstream/x" } };

/** The one run of a playbook that did not help, as the doors show it. */
async function lived(more: object, disturb?: (engine: VirtualEngine) => Promise<unknown>) {
  const grants = ["fs.write:/srv/**", "http:POST upstream/*", "notify:log"];
  const engine = await VirtualEngine.open({ playbooks: [mending({ grants, ...more })] });
  await engine.world.files.write(CONFIG_FILE, "old");
  healthOf(engine.world, 503);
  await engine.publish({ type: "build.broken", data: {} });
  const approval = engine.told("approval.requested")[0]?.data;
  if (approval !== undefined) {
    const { approvalId, runId, planHash } = approval;
    const data = { approvalId, runId, planHash, decision: "approved", by: "operator:me", reason: "" } as const;
    await engine.publish({ type: "approval.decided", data });
  }
  await disturb?.(engine);
  await engine.pass(20_000);
  const [run] = await runsDoor(engine.runtime).list();
  return run;
}

it("names of each run that was taken back exactly what is left, step by step", async () => {
  expect(await lived({ actions: [writing, telling] })).toMatchObject({
    rollback: "rolled_back",
    left: [
      expect.stringMatching(`^write .*${CONFIG_FILE}.*: taken back, compared and as before$`) as string,
      "notify through the log: look: stays done, there is nothing to take back",
    ],
  });
  expect(await lived({ actions: [writing], rollback: false })).toMatchObject({
    rollback: "residue",
    left: [expect.stringMatching(`^write .*${CONFIG_FILE}.* was not undone$`) as string],
  });
  expect(await lived({ actions: [writing, posting] })).toMatchObject({
    rollback: "residue",
    left: [
      expect.stringMatching("^POST http://upstream/x.* cannot be undone$") as string,
      expect.stringMatching(`^write .*${CONFIG_FILE}.*: taken back, compared and as before$`) as string,
    ],
  });
});

it("says what an undo left that did not succeed", async () => {
  const run = await lived({ actions: [writing] }, async ({ world }) => {
    const write = world.files.write.bind(world.files);
    world.files.write = async (file, ...rest) => {
      if (file === CONFIG_FILE) throw new Error("the disk is broken");
      return write(file, ...rest);
    };
  });
  expect(run).toMatchObject({
    rollback: "residue",
    left: [expect.stringMatching("^write_file: .*the disk is broken") as string],
  });
});

it("has nothing to say of a run that helped, or that never began", async () => {
  expect(await lived({ prechecks: [{ check: "file_exists", params: { path: "/none" } }] })).toMatchObject({
    outcome: "refused",
    left: [],
  });
});
