import { CONFIG_FILE, mending } from "./playbooks.ts";
import { VirtualEngine, type VirtualOptions } from "./virtual-engine.ts";

/** The configuration under which the life below is lived. */
export const eventful: VirtualOptions = {
  playbooks: [
    mending(),
    mending({ id: "asks", trigger: { event_type: "site.down" }, risk: "high", tests: [] }),
    mending({ id: "retries", trigger: { event_type: "task.attempt_failed" }, enabled: false, tests: [] }),
  ],
  config: { tasks: { maxConcurrent: 2 }, score: { windowMs: 600_000 }, reactor: { approvalMs: 300_000 } },
};

/**
 * A life in which something of everything happens: work that succeeds, fails, is retried, cancelled and dies; a breaker
 * that opens; remedies that help, do not help, relapse, wait for a person and expire; lessons, incidents, alerts; a
 * pause, a stop and a start. It ends without a clean stop.
 */
export async function eventfulLife(): Promise<VirtualEngine> {
  let engine = await VirtualEngine.open(eventful);
  const { world } = engine;
  await world.files.write(CONFIG_FILE, "old");
  let healthy = true;
  world.web = ({ method }) => ({ status: method === "GET" && !healthy ? 503 : 200, headers: {}, body: "" });
  const coder = await engine.agent("coder", { capabilities: ["code"], policy: { cooldownMs: 1_000, openMs: 5_000 } });
  const other = await engine.agent("other", { capabilities: ["code"], group: "g" });
  await engine.submit({ agent: "coder", input: { file: "a" } });
  const waiting = await engine.submit({ agent: "coder", input: { file: "b" }, retries: 2, timeoutMs: 60_000 });
  await engine.submit({ capability: "code", dependsOn: [waiting], priority: "P0" });
  await engine.pass(100);
  coder.last.done({ ok: true });
  await engine.pass(100);
  for (let attempt = 0; attempt < 4; attempt++) {
    for (const call of coder.working) call.fail(`ENOENT: no such file or directory, open '/in/${attempt}.txt'`);
    await engine.pass(7_000);
  }
  for (let n = 0; n < 4; n++) {
    await engine.submit({ agent: "other", input: n, retries: 0 });
    other.last.fail(`ENOENT: no such file or directory, open '/in/x${n}.txt'`);
    await engine.pass(61_000);
  }
  const cancelled = await engine.submit({ agent: "other" });
  await engine.pass(10);
  await engine.runtime.tasks.cancel(cancelled, "operator:me", "not needed");
  await engine.pass(1_000);
  await engine.publish({ type: "build.broken", data: {} });
  await engine.pass(30_000);
  await engine.publish({ type: "build.broken", data: {} });
  await engine.pass(310_000);
  healthy = false;
  await engine.publish({ type: "build.broken", data: {} });
  await engine.pass(30_000);
  await engine.publish({ type: "site.down", data: {} });
  await engine.pass(1_000);
  await engine.publish({ type: "reactor.paused", data: { by: "me", reason: "to look" } });
  await engine.pass(1_000);
  await engine.publish({ type: "reactor.resumed", data: { by: "me" } });
  await engine.stop();
  await engine.pass(1_000);
  engine = await engine.reopened({ downMs: 5_000 });
  await engine.submit({ agent: "coder", input: "again", idempotencyKey: "once" });
  await engine.submit({ agent: "coder", input: "waits" });
  await engine.pass(400_000);
  await engine.submit({ agent: "coder", input: "at the end" });
  return engine;
}
