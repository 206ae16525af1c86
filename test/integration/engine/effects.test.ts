import { describe, expect, it } from "vitest";
import { mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const HOOK = "http://people/hook";
const config = { notify: { webhook: HOOK, retryMs: 1_000, attempts: 3 } };

/** Writes a file, then tells people through the configured webhook. */
const telling = mending({
  actions: [
    { type: "write_file", params: { path: "/srv/config", content: "new" } },
    { type: "notify", params: { channel: "webhook", text: "mended" } },
  ],
  grants: ["fs.write:/srv/**", "notify:webhook"],
});

const broken = { type: "build.broken", data: {} } as const;
const atHook = ({ world }: VirtualEngine) => world.requests.filter(({ url }) => url === HOOK);

describe("an effect that a crash cut off", () => {
  it("is tried again under the same key and the next number", async () => {
    const engine = await VirtualEngine.open({ playbooks: [mending()] });
    await engine.publish(broken);
    const [begun] = engine.told("run.step_started");
    const again = await engine.reopened({ after: begun?.sequence ?? 0 });
    const once = await again.reopened({ after: again.told("run.step_started")[1]?.sequence ?? 0 });
    await once.pass(5_000);
    expect(once.told("run.step_started").map(({ data }) => [data.key, data.attempt])).toEqual([
      [begun?.data.key, 1],
      [begun?.data.key, 2],
      [begun?.data.key, 3],
    ]);
    expect(once.told("run.step_completed")).toHaveLength(1);
  });

  it("counts the tries of an undo in the same way", async () => {
    const engine = await VirtualEngine.open({ playbooks: [mending()] });
    engine.world.web = () => ({ status: 503, headers: {}, body: "" });
    await engine.publish(broken);
    await engine.pass(10_000);
    const [begun] = engine.told("run.undo_started");
    const again = await engine.reopened({ after: begun?.sequence ?? 0 });
    await again.pass(10_000);
    expect(again.told("run.undo_started").map(({ data }) => [data.key, data.attempt])).toEqual([
      [begun?.data.key, 1],
      [begun?.data.key, 2],
    ]);
    expect(again.told("run.undo_completed")).toHaveLength(1);
  });

  it("is not done again once its outcome is journaled, whatever asks for it", async () => {
    const engine = await VirtualEngine.open({ playbooks: [telling], config });
    await engine.publish(broken);
    const sent = engine.told("notification.sent").find(({ data }) => data.channel === "webhook");
    const again = await engine.reopened({ after: sent?.sequence ?? 0 });
    await again.pass(5_000);
    expect(again.told("run.step_completed").map(({ data }) => data.action)).toEqual(["write_file", "notify"]);
    expect(atHook(again)).toHaveLength(1);
  });
});

describe("an attempt", () => {
  it("is begun once, the first as well as those after it, and each under a key of its own", async () => {
    const engine = await VirtualEngine.open();
    const puppet = await engine.agent("worker");
    const id = await engine.submit({ agent: "worker", retries: 2 });
    for (const attempt of [1, 2]) {
      expect(puppet.calls).toHaveLength(attempt);
      puppet.last.fail("not yet");
      await engine.pass(120_000);
    }
    expect(puppet.calls).toHaveLength(3);
    puppet.last.done("well");
    await engine.pass(120_000);
    expect(puppet.calls).toHaveLength(3);
    const keys = engine.told("task.started").map(({ data }) => data.key);
    expect(keys).toEqual([`${id}/1`, `${id}/2`, `${id}/3`]);
  });
});

describe("a message", () => {
  it("goes through the configured webhook when a playbook names none", async () => {
    const engine = await VirtualEngine.open({ playbooks: [telling], config });
    await engine.publish(broken);
    await engine.pass(5_000);
    expect(atHook(engine)).toHaveLength(1);
    expect(engine.told("playbook.settled").map(({ data }) => data.outcome)).toEqual(["fixed"]);
  });

  it("goes on counting its tries where an engine before left off", async () => {
    const engine = await VirtualEngine.open({ playbooks: [telling], config });
    engine.world.web = ({ method }) => ({ status: method === "GET" ? 200 : 503, headers: {}, body: "" });
    await engine.publish(broken);
    const again = await engine.reopened();
    await again.pass(60_000);
    const own = again.told("notification.failed").filter(({ data }) => data.channel === "webhook");
    expect(own.map(({ data }) => data.attempt)).toEqual([1, 2, 3]);
  });
});
