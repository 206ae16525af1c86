import { describe, expect, it } from "vitest";
import type { WebResponse } from "../../../src/kernel/web.ts";
import { approvalsDoor } from "../../../src/runtime/doors/approvals-door.ts";
import { pauseDoor } from "../../../src/runtime/doors/pause-door.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { DATA_DIR, VirtualEngine } from "../../support/virtual-engine.ts";

const broken = { type: "build.broken", data: {} } as const;
const me = { role: "operator", id: "me" } as const;
const first = { type: "write_file", params: { path: CONFIG_FILE, content: "new" } };
const second = { type: "write_file", params: { path: "/srv/second", content: "2" } };
const PAUSE_FILE = `${DATA_DIR}/PAUSE`;

async function open(playbook: object, mode: "live" | "observe" | "rehearse" = "live"): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open({ playbooks: [playbook], config: { reactor: { mode } } });
  await engine.world.files.write(CONFIG_FILE, "old");
  healthOf(engine.world, 200);
  return engine;
}

/**
 * An engine in the middle of a plan: the first action is under way and ends when the test says so, the second has not
 * begun.
 */
async function underWay() {
  const asking = { type: "http_request", params: { method: "GET", url: "http://upstream/slow" } };
  const engine = await open(
    mending({ actions: [first, asking, second], grants: ["fs.write:/srv/**", "http:GET upstream/*"] }),
  );
  let finish: (answer: WebResponse) => void = () => {};
  engine.world.web = ({ url }) =>
    url.endsWith("/slow")
      ? new Promise((resolve) => {
          finish = resolve;
        })
      : { status: 200, headers: {}, body: "" };
  await engine.publish(broken);
  const [approval] = engine.runtime.views.approvals.waiting();
  if (approval !== undefined)
    await engine.publish({
      type: "approval.decided",
      data: {
        approvalId: approval.id,
        runId: approval.run,
        decision: "approved",
        by: "operator:me",
        planHash: approval.planHash,
        reason: "",
      },
    });
  return { engine, finish: (answer: WebResponse) => finish(answer) };
}

/** Where the run's machine rests, as whoever watches the machines sees it. */
const restsAt = (engine: VirtualEngine) =>
  engine.runtime.inspection.list().find(({ machine }) => machine === "remediation")?.state;
const outcomes = (engine: VirtualEngine) => engine.told("playbook.settled").map(({ data }) => data.outcome);

describe("the kill switch", () => {
  it("stops a plan between two of its actions, and lets it go on afterwards", async () => {
    const { engine, finish } = await underWay();
    const pause = pauseDoor(engine.runtime);
    await pause.set("careful", me);
    finish({ status: 200, headers: {}, body: "" });
    await engine.pass(600_000);
    expect(await engine.world.files.exists("/srv/second")).toBe(false);
    expect(outcomes(engine)).toEqual([]);
    expect(restsAt(engine)).toBe("held");
    expect(await pause.get()).toMatchObject({ paused: true, by: "operator:me", reason: "careful" });
    await pause.clear(me);
    await engine.pass(10_000);
    expect(await engine.world.files.exists("/srv/second")).toBe(true);
    expect(outcomes(engine)).toEqual(["fixed"]);
  });

  it("that was pulled and let go while an action was under way holds nothing", async () => {
    const { engine, finish } = await underWay();
    const pause = pauseDoor(engine.runtime);
    await pause.set("careful", me);
    await pause.clear(me);
    finish({ status: 200, headers: {}, body: "" });
    await engine.pass(10_000);
    expect(outcomes(engine)).toEqual(["fixed"]);
  });

  it("stops it as a file too, also one that nobody has noticed yet", async () => {
    const { engine, finish } = await underWay();
    await engine.world.files.write(PAUSE_FILE, "");
    finish({ status: 200, headers: {}, body: "" });
    await engine.pass(600_000);
    expect(await engine.world.files.exists("/srv/second")).toBe(false);
    expect(outcomes(engine)).toEqual([]);
    expect(await pauseDoor(engine.runtime).get()).toMatchObject({ paused: true, by: "file" });
    await engine.world.files.remove(PAUSE_FILE);
    await engine.pass(10_000);
    expect(await engine.world.files.exists("/srv/second")).toBe(true);
    expect(outcomes(engine)).toEqual(["fixed"]);
  });

  it("holds back what would be undone as well, and lets it be undone afterwards", async () => {
    const { engine, finish } = await underWay();
    const pause = pauseDoor(engine.runtime);
    await pause.set("careful", me);
    finish({ status: 500, headers: {}, body: "" });
    await engine.pass(600_000);
    expect(await engine.world.files.readText(CONFIG_FILE)).toBe("new");
    expect(restsAt(engine)).toEqual({ rolling_back: "held" });
    await pause.clear(me);
    await engine.pass(10_000);
    expect(await engine.world.files.readText(CONFIG_FILE)).toBe("old");
    expect(outcomes(engine)).toEqual(["not_fixed"]);
  });

  it("holds back, as a file that nobody has noticed yet, what would be undone", async () => {
    const { engine, finish } = await underWay();
    await engine.world.files.write(PAUSE_FILE, "");
    finish({ status: 500, headers: {}, body: "" });
    await engine.pass(0);
    expect(await engine.world.files.readText(CONFIG_FILE)).toBe("new");
    await engine.pass(600_000);
    expect(await engine.world.files.readText(CONFIG_FILE)).toBe("new");
    await engine.world.files.remove(PAUSE_FILE);
    await engine.pass(10_000);
    expect(await engine.world.files.readText(CONFIG_FILE)).toBe("old");
  });

  it("lets no new remedy begin, says why, and keeps scheduler and cooldowns going", async () => {
    const engine = await open(mending());
    const agent = await engine.agent("a", { policy: { cooldownMs: 1_000 } });
    await pauseDoor(engine.runtime).set("careful", me);
    await engine.publish(broken);
    const task = await engine.submit({ agent: "a" });
    agent.last.fail("no");
    await engine.pass(5_000);
    agent.last.done();
    await engine.pass(0);
    expect(engine.told("playbook.suppressed")).toMatchObject([{ data: { reason: "paused" } }]);
    expect(engine.told("playbook.matched")).toEqual([]);
    expect(engine.task(task)).toMatchObject({ state: "succeeded", attempts: 2 });
  });

  it("stays pulled over a restart, and a file that is there at the start counts from the first event on", async () => {
    const engine = await open(mending());
    await pauseDoor(engine.runtime).set("careful", me);
    const again = await engine.reopened();
    await again.publish(broken);
    expect(again.told("playbook.suppressed")).toMatchObject([{ data: { reason: "paused" } }]);
    await again.world.files.write(PAUSE_FILE, "");
    await pauseDoor(again.runtime).clear(me);
    expect(await again.world.files.exists(PAUSE_FILE)).toBe(false);
    await again.world.files.write(PAUSE_FILE, "");
    const third = await again.reopened();
    await third.publish(broken);
    expect(third.told("playbook.suppressed")).toHaveLength(2);
  });

  it("is not undone by the file's absence when a person pulled it", async () => {
    const engine = await open(mending());
    await pauseDoor(engine.runtime).set("careful", me);
    await engine.pass(10_000);
    expect(await pauseDoor(engine.runtime).get()).toMatchObject({ paused: true, by: "operator:me" });
  });
});

describe("a mode", () => {
  it("that observes says what would be done and does nothing", async () => {
    const engine = await open(mending(), "observe");
    await engine.publish(broken);
    await engine.pass(60_000);
    expect(engine.told("playbook.suppressed")).toMatchObject([
      { data: { playbookId: "mend", reason: "observing", planHash: expect.any(String) as string } },
    ]);
    expect(engine.told("run.prechecked")).toEqual([]);
    expect(await engine.world.files.readText(CONFIG_FILE)).toBe("old");
  });

  it("that rehearses goes the whole way but for the effects, with the very plan of the live one", async () => {
    const live = await open(mending());
    await live.publish(broken);
    const rehearsing = await open(mending(), "rehearse");
    await rehearsing.publish(broken);
    await rehearsing.pass(60_000);
    const hash = (engine: VirtualEngine) => engine.told("playbook.matched").map(({ data }) => data.planHash);
    expect(hash(rehearsing)).toEqual(hash(live));
    expect(rehearsing.told("run.step_completed")).toMatchObject([
      { data: { ok: true, detail: expect.stringMatching(/^would have: write/) as string } },
    ]);
    expect(rehearsing.told("playbook.settled")).toMatchObject([{ data: { outcome: "suppressed", rehearsed: true } }]);
    expect(await rehearsing.world.files.readText(CONFIG_FILE)).toBe("old");
    expect(rehearsing.world.requests).toEqual([]);
  });

  it("that rehearses refuses what the live one would refuse, and asks nobody", async () => {
    const checked = mending({ prechecks: [{ check: "file_exists", params: { path: "/srv/none" } }] });
    const refused = await open(checked, "rehearse");
    await refused.publish(broken);
    expect(refused.told("playbook.settled")).toMatchObject([{ data: { outcome: "refused" } }]);
    const untested = await open(mending({ tests: [] }), "rehearse");
    await untested.publish(broken);
    await untested.pass(10_000);
    expect(untested.told("approval.requested")).toEqual([]);
    expect(untested.told("playbook.settled")).toMatchObject([{ data: { outcome: "suppressed", rehearsed: true } }]);
  });

  it("that only looks holds back also what was approved, or under way, before it was chosen", async () => {
    const engine = await open(mending({ tests: [] }));
    await engine.publish(broken);
    const [waiting] = engine.runtime.views.approvals.waiting();
    const observing = { playbooks: [mending({ tests: [] })], config: { reactor: { mode: "observe" as const } } };
    const looking = await engine.reopened({ options: observing });
    await approvalsDoor(looking.runtime).decide(waiting?.id ?? "", "approved", {}, me);
    await looking.pass(60_000);
    expect(await looking.world.files.readText(CONFIG_FILE)).toBe("old");
    expect(outcomes(looking)).toEqual([]);
    const live = await looking.reopened({ options: { playbooks: observing.playbooks } });
    await live.pass(60_000);
    expect(await live.world.files.readText(CONFIG_FILE)).toBe("new");
    expect(outcomes(live)).toEqual(["fixed"]);
  });

  it("is the configured one at every start", async () => {
    const engine = await open(mending());
    const again = await engine.reopened({
      options: { playbooks: [mending()], config: { reactor: { mode: "observe" } } },
    });
    await again.publish(broken);
    expect(again.told("playbook.suppressed")).toMatchObject([{ data: { reason: "observing" } }]);
  });
});
