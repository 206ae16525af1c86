import { describe, expect, it } from "vitest";
import { limitsSettings } from "../../../src/domain/playbook/limits/settings.ts";
import { mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const FLOOD = 10_000;
/** Ten seconds of it. */
const EACH_MS = 10;
const TOGETHER = 10;
const TARGETS = 100;
const { allPerHour, reserveP0 } = limitsSettings.parse({});

/** Writes the file that the event names: a hundred targets, so that no lock holds them back. */
const answering = mending({
  target: { kind: "file", id: { $ref: "event.data.file" } },
  actions: [{ type: "write_file", params: { path: { $ref: "event.data.file" }, content: "new" } }],
});

/** What is urgent has a playbook of its own: the breaker of one that does not work stops it for everybody. */
const rescuing = mending({
  id: "rescue",
  trigger: { event_type: "build.down" },
  validation: { check: "http_ok", params: { url: "http://rescued/" }, settleMs: 100, intervalMs: 10, probes: 1 },
  tests: [{ event: { type: "build.down" }, expect: "match" }],
});

describe("ten thousand events in ten seconds that one playbook is for", () => {
  it("are one incident and no more actions than the limits allow, and what is urgent is answered within a second", {
    timeout: 240_000,
  }, async () => {
    const engine = await VirtualEngine.open({
      playbooks: [answering, rescuing],
      config: { reactor: { limits: { playbookPerHour: 9_999 } } },
    });
    engine.world.web = ({ url }) => ({ status: url === "http://rescued/" ? 200 : 503, headers: {}, body: "" });
    const publish = (n: number) =>
      engine.runtime.bus.publish({ type: "build.broken", data: { file: `/srv/${n % TARGETS}` } });
    const began = engine.clock.now();
    for (let n = 0; n < FLOOD / 2; n += TOGETHER) {
      for (let one = 0; one < TOGETHER; one++) await publish(n + one);
      await engine.pass(EACH_MS);
    }
    const urgent = await engine.publish({
      type: "build.down",
      severity: "critical",
      data: {},
    });
    for (let n = FLOOD / 2; n < FLOOD; n += TOGETHER) {
      for (let one = 0; one < TOGETHER; one++) await publish(n + one);
      await engine.pass(EACH_MS);
    }
    expect(engine.clock.now() - began).toBe(EACH_MS * (FLOOD / TOGETHER));
    expect(engine.told("build.broken" as never)).toHaveLength(FLOOD);
    expect(engine.told("reactor.storm_entered")).toHaveLength(1);

    const at = engine.events.find(({ id }) => id === urgent.id)?.at ?? 0;
    const first = engine.told("run.step_started").find(({ data }) => {
      const order = engine.told("playbook.matched").find((one) => one.data.runId === data.runId);
      return order?.data.trigger.id === urgent.id;
    });
    expect(first?.at).toBeGreaterThanOrEqual(at);
    expect((first?.at ?? Number.POSITIVE_INFINITY) - at).toBeLessThan(1_000);

    await engine.pass(120_000);
    const effects = engine.told("run.step_started").length;
    expect(effects).toBeGreaterThan(1);
    expect(effects).toBeLessThanOrEqual(allPerHour - reserveP0 + 1);
    const incidents = engine.runtime.views.incidents.list().map(({ title }) => title);
    expect(incidents).toEqual([expect.stringMatching(/^A storm: /)]);
  });
});
