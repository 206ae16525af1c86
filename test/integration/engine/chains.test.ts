import { describe, expect, it } from "vitest";
import { playbooksDoor } from "../../../src/runtime/doors/playbooks-door.ts";
import { runsDoor } from "../../../src/runtime/doors/runs-door.ts";
import { CONFIG_FILE, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const me = { role: "operator", id: "me" } as const;
const broken = { type: "build.broken", data: {} } as const;

/** Writes its own name into the file; `next` goes on where that does not help. */
const writing = (id: string, next?: string, more: object = {}) =>
  mending({
    id,
    ...(next === undefined ? {} : { next }),
    actions: [{ type: "write_file", params: { path: CONFIG_FILE, content: id } }],
    ...more,
  });

const chain = [writing("gentle", "firm"), writing("firm", "firmest"), writing("firmest")];

/** An engine beside a file; the upstream is well only while the file has this content. */
async function open(helps: string, playbooks: readonly object[] = chain, config = {}): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open({ playbooks, config });
  const { world } = engine;
  await world.files.write(CONFIG_FILE, "old");
  world.web = async () => ({
    status: (await world.files.readText(CONFIG_FILE)) === helps ? 200 : 503,
    headers: {},
    body: "",
  });
  return engine;
}

const ends = (engine: VirtualEngine) =>
  engine.told("playbook.settled").map(({ data: { playbookId, outcome, via } }) => `${playbookId} ${via}: ${outcome}`);
const written = (engine: VirtualEngine) =>
  engine
    .told("run.step_completed")
    .map(({ data }) => data.detail)
    .join("\n");
const incidents = (engine: VirtualEngine) => engine.runtime.views.incidents.list();

describe("a chain of remedies", () => {
  it("goes on with a firmer one where the gentle one did not help, about the same event and target, and stops at the fix", async () => {
    const engine = await open("firm");
    await engine.publish(broken);
    await engine.pass(20_000);
    expect(ends(engine)).toEqual(["gentle trigger: not_fixed", "firm chain: fixed"]);
    expect(await engine.world.files.readText(CONFIG_FILE)).toBe("firm");
    const [first, second] = engine.told("playbook.matched").map(({ data }) => data);
    expect(second).toMatchObject({ trigger: first?.trigger, target: first?.target, next: "firmest" });
    expect(second?.after).toMatchObject([{ runId: first?.runId, outcome: "not_fixed", rollback: "rolled_back" }]);
    expect(incidents(engine)).toEqual([]);
  });

  it("ends with a person, who is told once, with the evidence of every step", async () => {
    const engine = await open("nothing helps");
    await engine.publish(broken);
    await engine.pass(4_000);
    expect(ends(engine)).toHaveLength(2);
    expect(incidents(engine)).toEqual([]);
    await engine.pass(20_000);
    expect(ends(engine)).toEqual(["gentle trigger: not_fixed", "firm chain: not_fixed", "firmest chain: not_fixed"]);
    expect(await engine.world.files.readText(CONFIG_FILE)).toBe("old");
    const runs = engine.told("playbook.settled").map(({ data }) => data.runId);
    expect(incidents(engine)).toMatchObject([
      {
        title: `gentle, then firm, then firmest did not verifiably help file:${CONFIG_FILE}`,
        needsPerson: true,
        evidence: [
          expect.stringMatching(`^gentle .${runs[0]}.: not_fixed, rolled_back, .*503`) as string,
          expect.stringMatching(`^firm .${runs[1]}.: not_fixed, rolled_back, .*503`) as string,
          expect.stringMatching("^firmest: not_fixed, .*503") as string,
          "rollback: rolled_back",
        ],
      },
    ]);
  });

  it("goes on exactly once, whenever between its runs the engine is killed", async () => {
    const whole = await open("firm");
    await whole.publish(broken);
    await whole.pass(20_000);
    const [end] = whole.told("playbook.settled");
    const last = whole.told("run.step_started").find(({ data }) => data.runId !== end?.data.runId);
    const cuts = whole.events.filter(
      ({ sequence }) => sequence >= (end?.sequence ?? 0) && sequence <= (last?.sequence ?? 0),
    );
    expect(cuts.length).toBeGreaterThan(2);
    for (const { sequence } of cuts) {
      const engine = await open("firm");
      await engine.publish(broken);
      await engine.pass(20_000);
      await engine.world.files.write(CONFIG_FILE, "old");
      const again = await engine.reopened({ after: sequence, downMs: 120_000 });
      await again.pass(20_000);
      expect(ends(again), `killed after ${sequence}`).toEqual(["gentle trigger: not_fixed", "firm chain: fixed"]);
      expect(again.told("playbook.matched"), `killed after ${sequence}`).toHaveLength(2);
      await again.stop();
    }
  });

  it("is a person's where the engine was away too long for the reason still to hold", async () => {
    const engine = await open("firm");
    await engine.publish(broken);
    await engine.pass(20_000);
    const [end] = engine.told("playbook.settled");
    const again = await engine.reopened({ after: end?.sequence ?? 0, downMs: 3_600_000 });
    await again.pass(20_000);
    expect(ends(again)).toEqual(["gentle trigger: not_fixed"]);
    expect(again.told("playbook.suppressed")).toMatchObject([
      { data: { playbookId: "firm", reason: "chain_cut", detail: "the run before ended 60 minutes ago" } },
    ]);
    expect(incidents(again)).toMatchObject([
      { needsPerson: true, title: expect.stringContaining("gentle did not") as string },
    ]);
  });

  it("never goes on after a residue, nor where nothing was done", async () => {
    const kept = await open("firm", [writing("gentle", "firm", { rollback: false }), writing("firm")]);
    await kept.publish(broken);
    await kept.pass(20_000);
    expect(ends(kept)).toEqual(["gentle trigger: not_fixed"]);
    expect(incidents(kept)).toMatchObject([{ severity: "critical", needsPerson: true }]);

    const prechecks = [{ check: "file_exists", params: { path: "/srv/none" } }];
    const refused = await open("firm", [writing("gentle", "firm", { prechecks }), writing("firm")]);
    await refused.publish(broken);
    await refused.pass(20_000);
    expect(ends(refused)).toEqual(["gentle trigger: refused"]);

    const rehearsed = await open("firm", chain, { reactor: { mode: "rehearse" } });
    await rehearsed.publish(broken);
    await rehearsed.pass(20_000);
    expect(ends(rehearsed)).toEqual(["gentle trigger: suppressed"]);
  });

  it("goes on after what could not be verified", async () => {
    const blind = { check: "none" };
    const engine = await open("firm", [writing("gentle", "firm", { validation: blind }), writing("firm")]);
    await engine.publish(broken);
    await engine.pass(20_000);
    expect(ends(engine)).toEqual(["gentle trigger: unverified", "firm chain: fixed"]);
  });

  it("keeps every limit: one that holds the next step back ends it with a person", async () => {
    const held = { limits: { targetPerHour: 1 } };
    const engine = await open("firm", chain, { reactor: held });
    await engine.publish(broken);
    await engine.pass(20_000);
    expect(ends(engine)).toEqual(["gentle trigger: not_fixed"]);
    expect(engine.told("playbook.suppressed")).toMatchObject([
      { data: { playbookId: "firm", reason: "limit_target" } },
    ]);
    expect(incidents(engine)).toMatchObject([
      {
        title: expect.stringMatching("^gentle did not verifiably help") as string,
        needsPerson: true,
        evidence: [
          expect.stringMatching("^gentle .*503") as string,
          expect.stringMatching("^firm .* held back: limit_target, 1 runs in the last hour") as string,
        ],
      },
    ]);
  });

  it("asks where the next step asks, and does nothing before a person agrees", async () => {
    const asking = [writing("gentle", "firm"), writing("firm", undefined, { tests: [] })];
    const engine = await open("firm", asking, { reactor: { approvalMs: 60_000 } });
    await engine.publish(broken);
    await engine.pass(20_000);
    expect(ends(engine)).toEqual(["gentle trigger: not_fixed"]);
    expect(engine.told("approval.requested")).toMatchObject([{ data: { playbookId: "firm" } }]);
    expect(written(engine)).not.toContain("firm");
    await engine.pass(60_000);
    expect(ends(engine).at(-1)).toBe("firm chain: expired");
    expect(incidents(engine)).toMatchObject([{ title: expect.stringMatching("^gentle, then firm did not") as string }]);
  });

  it("ends with a person where the next step is switched off meanwhile", async () => {
    const engine = await open("firm");
    await engine.publish(broken);
    await engine.publish({ type: "playbook.disabled", data: { playbookId: "firm", by: "operator:me" } });
    await engine.pass(20_000);
    expect(ends(engine)).toEqual(["gentle trigger: not_fixed"]);
    expect(engine.told("playbook.suppressed")).toMatchObject([
      { data: { reason: "chain_cut", detail: "it is disabled" } },
    ]);
    expect(incidents(engine)).toHaveLength(1);
  });

  it("lets nobody jump the queue: what waits in it is not begun by the same event, also while the first rests", async () => {
    const engine = await open("gentle");
    await engine.publish(broken);
    await engine.pass(20_000);
    await engine.publish(broken);
    expect(ends(engine)).toEqual(["gentle trigger: fixed"]);
    expect(engine.told("playbook.suppressed")).toMatchObject([{ data: { playbookId: "gentle", reason: "cooldown" } }]);
    await engine.publish({ type: "playbook.disabled", data: { playbookId: "gentle", by: "operator:me" } });
    await engine.publish(broken);
    expect(engine.told("playbook.matched").at(-1)?.data).toMatchObject({ playbookId: "firm", via: "trigger" });
  });

  it("has relapsed when what it began with comes back too soon", async () => {
    const engine = await open("firm");
    await engine.publish(broken);
    await engine.pass(3_500);
    expect(ends(engine)).toEqual(["gentle trigger: not_fixed", "firm chain: fixed"]);
    await engine.publish(broken);
    expect(engine.told("playbook.relapsed")).toMatchObject([{ data: { playbookId: "firm" } }]);
  });

  it("is told by explanation, dry run and run", async () => {
    const engine = await open("nothing helps");
    const door = playbooksDoor(engine.runtime);
    const { considered, chosen } = await door.explain({ event: broken });
    expect(chosen).toBe("gentle");
    expect(considered.map(({ playbook, follows }) => [playbook, follows])).toEqual([
      ["firm", "chain: it goes on where gentle does not verifiably help"],
      ["firmest", "chain: it goes on where gentle does not verifiably help"],
      ["gentle", "it acts; if that does not help: firm, then firmest, then a person"],
    ]);
    expect(await door.dryRun("gentle", { event: broken }, me)).toMatchObject({
      verdict: "would_act",
      followers: ["firm", "firmest"],
    });
    expect(await door.dryRun("firm", { event: broken }, me)).toMatchObject({
      verdict: "suppressed",
      followers: ["firmest"],
    });
    await engine.publish(broken);
    await engine.pass(20_000);
    const runs = engine.told("playbook.settled").map(({ data }) => data.runId);
    const shown = runs.map((id) => runsDoor(engine.runtime).get(id));
    expect(shown).toMatchObject([
      { playbook: "gentle", via: "trigger", after: [], next: "firm", sequel: { run: runs[1], playbook: "firm" } },
      { playbook: "firm", via: "chain", after: [{ runId: runs[0] }], sequel: { run: runs[2], playbook: "firmest" } },
      { playbook: "firmest", via: "chain", after: [{ runId: runs[0] }, { runId: runs[1] }] },
    ]);
  });
});
