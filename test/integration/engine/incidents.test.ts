import { describe, expect, it } from "vitest";
import type { Principal } from "../../../src/http/principals.ts";
import { incidentsDoor } from "../../../src/runtime/doors/incidents-door.ts";
import type { Puppet } from "../../support/puppet.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const me: Principal = { role: "operator", id: "me" };
const WEBHOOK = "http://chat/hook";
const policy = { failureThreshold: 1, cooldownMs: 1_000, openMs: 60_000 };

/** An engine that tells a webhook, and an agent whose every failure opens an incident and whose success ends it. */
async function open(statuses: readonly number[] = [200]) {
  const engine = await VirtualEngine.open({ config: { notify: { webhook: WEBHOOK, retryMs: 1_000, attempts: 3 } } });
  const rest = [...statuses];
  engine.world.web = () => ({
    status: rest.length > 1 ? (rest.shift() ?? 200) : (rest[0] ?? 200),
    headers: {},
    body: "",
  });
  const agent = await engine.agent("a", { policy });
  return { engine, agent, door: incidentsDoor(engine.runtime) };
}

async function run(engine: VirtualEngine, agent: Puppet, well: boolean): Promise<void> {
  await engine.submit({ agent: "a", retries: 0 });
  if (well) agent.last.done();
  else agent.last.fail("no");
  await engine.pass(0);
}

const posted = (engine: VirtualEngine) =>
  engine.world.requests
    .filter(({ url }) => url === WEBHOOK)
    .map(({ body = "{}" }) => (JSON.parse(body) as { text: string }).text);
const states = (engine: VirtualEngine) => engine.runtime.views.incidents.list().map(({ state }) => state);

describe("an incident", () => {
  it("is told once when it opens and once when it is over, and reopens when it comes back", async () => {
    const { engine, agent } = await open();
    await run(engine, agent, false);
    expect(posted(engine)).toEqual(["[error] a is degraded after 1 failures"]);
    await engine.pass(policy.openMs);
    await run(engine, agent, true);
    expect(posted(engine)).toHaveLength(2);
    expect(posted(engine)[1]).toMatch(/^over: a is degraded/);
    expect(states(engine)).toEqual(["resolved"]);
    await run(engine, agent, false);
    expect(states(engine)).toEqual(["reopened"]);
    expect(posted(engine)).toHaveLength(3);
  });

  it("is told again until the channel takes it, and no more often than allowed", async () => {
    const { engine, agent } = await open([500, 500, 200]);
    await run(engine, agent, false);
    await engine.pass(600_000);
    expect(posted(engine)).toHaveLength(3);
    expect(engine.told("notification.failed")).toHaveLength(2);
    expect(engine.told("notification.sent").map(({ data }) => data.channel)).toEqual(["webhook", "log"]);

    const never = await open([500]);
    await run(never.engine, never.agent, false);
    await never.engine.pass(600_000);
    expect(posted(never.engine)).toHaveLength(3);
    expect(never.engine.told("notification.failed").at(-1)?.data.retryAtMs).toBeUndefined();
    expect(never.engine.told("notification.sent").map(({ data }) => data.channel)).toEqual(["log"]);
  });

  it("is told after a crash where it had not been, and not again where it had", async () => {
    const { engine, agent } = await open([500, 200]);
    await run(engine, agent, false);
    const again = await engine.reopened();
    await again.pass(0);
    expect(again.told("notification.sent").map(({ data }) => data.channel)).toEqual(["webhook", "log"]);
    const before = posted(again).length;
    const third = await again.reopened();
    await third.pass(60_000);
    expect(posted(third)).toHaveLength(before);
  });

  it("tells nothing while it is silenced, and then that it is still open", async () => {
    const { engine, agent, door } = await open();
    await run(engine, agent, false);
    const [incident] = engine.runtime.views.incidents.list();
    const id = incident?.id ?? "";
    await door.silence(id, engine.clock.now() + 600_000, me);
    await engine.pass(policy.openMs);
    await run(engine, agent, true);
    await run(engine, agent, false);
    expect(states(engine)).toEqual(["reopened"]);
    expect(posted(engine)).toHaveLength(1);
    await engine.pass(600_000);
    expect(posted(engine)).toHaveLength(2);
    expect(posted(engine)[1]).toMatch(/^\[error\] a is degraded/);
  });

  it("that somebody has seen meanwhile is not told of when its silence ends", async () => {
    const { engine, agent, door } = await open();
    await run(engine, agent, false);
    const id = engine.runtime.views.incidents.list()[0]?.id ?? "";
    await door.silence(id, engine.clock.now() + 600_000, me);
    await engine.pass(policy.openMs);
    await run(engine, agent, true);
    await run(engine, agent, false);
    await door.acknowledge(id, me);
    await engine.pass(600_000);
    expect(posted(engine)).toHaveLength(1);
  });

  it("that came and went while it was silenced is not told of at all", async () => {
    const { engine, agent, door } = await open();
    await run(engine, agent, false);
    const id = engine.runtime.views.incidents.list()[0]?.id ?? "";
    await door.silence(id, engine.clock.now() + 600_000, me);
    await engine.pass(policy.openMs);
    await run(engine, agent, true);
    await engine.pass(600_000);
    expect(states(engine)).toEqual(["resolved"]);
    expect(posted(engine)).toHaveLength(1);
  });

  it("is acknowledged once, resolved once, and not after it is over", async () => {
    const { engine, agent, door } = await open();
    await run(engine, agent, false);
    const id = engine.runtime.views.incidents.list()[0]?.id ?? "";
    expect(await door.acknowledge(id, me)).toMatchObject({ state: "acknowledged" });
    await expect(door.acknowledge(id, me)).rejects.toMatchObject({ code: "conflict" });
    expect(await door.resolve(id, "mended by hand", me)).toMatchObject({ state: "resolved" });
    for (const late of [door.resolve(id, "", me), door.acknowledge(id, me), door.silence(id, 1, me)])
      await expect(late).rejects.toMatchObject({ code: "conflict" });
    await expect(door.resolve("nothing", "", me)).rejects.toMatchObject({ code: "not_found" });
  });
});
