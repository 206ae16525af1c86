import { describe, expect, it } from "vitest";
import { aios, listeningEngine } from "../../support/cli.ts";

interface Move {
  readonly sequence: number;
  readonly type: string;
  readonly heard?: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly deadlines: readonly { readonly name: string; readonly atMs: number }[];
  readonly ended: boolean;
}
interface Moves {
  readonly items: readonly Move[];
  readonly next: string | null;
}

const fail = ["sh", "-c", "echo secret-of-mine >&2; exit 3"];
const asking = {
  id: "ask",
  trigger: { event_type: "build.broken" },
  target: { kind: "host", id: "local" },
  actions: [{ type: "emit_event", params: { event_type: "build.mended" } }],
  validation: { check: "none", settleMs: 10, timeoutMs: 20 },
  grants: ["event.emit:build.mended"],
};

async function historyOf(ask: Awaited<ReturnType<typeof listeningEngine>>["ask"], id: string, ...more: string[]) {
  const { code, out, err } = await ask(["actors", "history", id, "--json", ...more]);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Moves;
}

describe("the history of an actor", () => {
  it("is read from the journal alone where no engine runs, and says the same", async () => {
    const { engine, ask } = await listeningEngine();
    await engine.agent("weak", fail);
    await engine.run({ agent: "weak", retries: 1 });
    const running = await Promise.all(["agent/weak", "scheduler/main", "reactor/main"].map((id) => historyOf(ask, id)));
    await engine.stop();
    const env = { AIOS_DATA_DIR: engine.dataDir, AIOS_PORT: "0" };
    for (const [index, id] of ["agent/weak", "scheduler/main", "reactor/main"].entries()) {
      const { code, err, json } = await aios(["actors", "history", id, "--json"], { env });
      expect([code, err]).toEqual([0, ""]);
      const { items } = json() as Moves;
      const before = running[index]?.items ?? [];
      expect(items.slice(0, before.length)).toEqual(before);
    }
    expect((await aios(["actors", "history", "agent/nobody"], { env })).code).toBe(1);
    const empty = { AIOS_DATA_DIR: `${engine.dataDir}/nothing`, AIOS_PORT: "0" };
    expect((await aios(["actors", "history", "agent/weak"], { env: empty })).code).toBe(4);
  });

  it("tells every state that an agent went through, as the journal told them when they happened", async () => {
    const { engine, ask } = await listeningEngine({
      config: { agents: { policy: { cooldownMs: 20, openMs: 60_000 } } },
    });
    await engine.agent(
      "weak",
      fail,
      { output: "text" },
      { policy: { failureThreshold: 2, cooldownMs: 20, openMs: 60_000 } },
    );
    await engine.agent("other", ["true"], { output: "text" });
    await engine.run({ agent: "weak", retries: 0 });
    await engine.run({ agent: "other" });
    await engine.until("agent.state_changed", ({ data }) => data.agentId === "weak" && data.to === "idle");
    await engine.run({ agent: "weak", retries: 0 });
    await engine.until("agent.state_changed", ({ data }) => data.to === "degraded");
    const { items, next } = await historyOf(ask, "agent/weak");
    expect(next).toBeNull();
    expect(items[0]).toMatchObject({ type: "agent.registered", before: null, after: "idle" });
    expect(items.slice(1).map(({ before }) => before)).toEqual(items.slice(0, -1).map(({ after }) => after));
    const steps = items.filter(({ before, after }) => before !== null && before !== after);
    const told = engine.told("agent.state_changed").filter(({ data }) => data.agentId === "weak");
    expect(steps.map(({ before, after }) => [before, after])).toEqual(told.map(({ data }) => [data.from, data.to]));
    expect(items.map(({ heard }) => heard)).toContain("DEADLINE.cooldown");
    const about = new Set(
      engine.events.filter(({ subject }) => subject === "agent/other").map(({ sequence }) => sequence),
    );
    expect(items.filter(({ sequence }) => about.has(sequence))).toEqual([]);
    const now = (await ask(["actors", "show", "agent/weak", "--json"])).json();
    expect(now).toMatchObject({ state: items.at(-1)?.after, deadlines: items.at(-1)?.deadlines });
    expect(items.at(-1)?.deadlines.length).toBeGreaterThan(0);
    expect(JSON.stringify(items)).not.toContain("secret-of-mine");
    expect((await ask(["actors", "history", "agent/weak"])).out).toMatch(
      /^ *\d+ .* agent\.registered +not born +idle/m,
    );
  });

  it("is given in pages that miss nothing and repeat nothing", async () => {
    const { engine, ask } = await listeningEngine();
    await engine.agent("busy", ["true"], { output: "text" });
    for (let n = 0; n < 3; n++) await engine.run({ agent: "busy" });
    const whole = await historyOf(ask, "agent/busy");
    const paged: Move[] = [];
    for (let after: string | null = "0"; after !== null; ) {
      const page: Moves = await historyOf(ask, "agent/busy", "--limit", "1", "--after", after);
      paged.push(...page.items);
      after = page.next;
    }
    expect(paged).toEqual(whole.items);
  });

  it("ends for the scheduler where the scheduler stands, though it decides on facts about others", async () => {
    const { engine, ask } = await listeningEngine();
    await engine.agent("quick", ["true"], { output: "text" });
    await engine.agent("slow", ["sleep", "60"], { output: "text" });
    for (let n = 0; n < 3; n++) await engine.run({ agent: "quick" });
    await engine.engine.tasks.submit({ agent: "slow", input: null });
    await engine.until("task.started", ({ data }) => data.agentId === "slow");
    const { items } = await historyOf(ask, "scheduler/main", "--limit", "1000");
    const now = (await ask(["actors", "show", "scheduler/main", "--json"])).json() as { readonly state: unknown };
    expect(items.at(-1)).toMatchObject({ after: now.state, context: (now as { context?: unknown }).context });
    expect(items.length).toBeGreaterThan(10);
  });

  it("is kept of one that has ended, and lasts over a restart", async () => {
    const first = await listeningEngine({ playbooks: [asking] });
    await first.engine.engine.publish({ type: "build.broken", data: {} });
    const { data } = await first.engine.until("approval.requested");
    await first.ask(["approvals", "reject", data.approvalId]);
    await first.engine.until("playbook.settled");
    const before = await historyOf(first.ask, `approval/${data.approvalId}`);
    expect(before.items.at(-1)).toMatchObject({ type: "approval.decided", ended: true });
    expect((await first.ask(["actors", "show", `approval/${data.approvalId}`])).code).toBe(1);
    await first.engine.stop();
    const second = await listeningEngine({ dataDir: first.engine.dataDir, playbooks: [asking] });
    expect(await historyOf(second.ask, `approval/${data.approvalId}`)).toEqual(before);
  });

  it("is refused for what never was, with the names of what there is", async () => {
    const { ask } = await listeningEngine();
    for (const [id, says] of [
      ["agent/nobody", "the journal tells of none"],
      ["nothing/nobody", "ids begin with agent/…"],
      ["nobody", "ids begin with agent/…"],
    ] as const) {
      const { code, err } = await ask(["actors", "history", id]);
      expect([id, code, err]).toEqual([id, 1, expect.stringContaining(says)]);
    }
  });
});
