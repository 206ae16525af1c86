import { describe, expect, it } from "vitest";
import { aios, listeningDoors, listeningEngine } from "../../support/cli.ts";

/** Asks a person, for it carries no tests. */
const asking = {
  id: "tell",
  title: "Tell somebody",
  trigger: { event_type: "build.failed" },
  target: { kind: "host", id: "local" },
  actions: [{ type: "notify", params: { text: "a build failed" } }],
  validation: { check: "none", settleMs: 0, intervalMs: 10, probes: 1, timeoutMs: 20 },
  grants: ["notify:log"],
};

async function waitingApproval() {
  const running = await listeningEngine({ playbooks: [asking] });
  const { ask, engine } = running;
  await ask(["events", "publish", "build.failed", "{}", "--severity", "warning"]);
  await engine.until("approval.requested");
  const { items } = (await ask(["approvals", "--state", "waiting", "--json"])).json() as {
    items: { id: string; planHash: string; run: string }[];
  };
  const [approval] = items;
  if (approval === undefined) throw new Error("nothing waits");
  return { ...running, approval };
}

describe("aios approvals", () => {
  it("shows the plan that waits, approves that very plan, and the run goes on to its end", async () => {
    const { ask, engine, approval } = await waitingApproval();
    expect((await ask(["approvals"])).out).toMatch(new RegExp(`^${approval.id} +waiting +\\w+ +tell +host:local`, "m"));
    expect((await ask(["approvals", "show", approval.id])).out).toContain('"a build failed"');
    const { code, out, err } = await ask(["approvals", "approve", approval.id, "--reason", "looked at it"]);
    expect([code, out]).toEqual([0, `Approval ${approval.id} is approved.\n`]);
    expect(err).toContain(approval.planHash);
    expect(err).toContain('"a build failed"');
    const settled = await engine.until("playbook.settled");
    expect(engine.told("approval.decided")).toMatchObject([
      { data: { by: "operator:first", decision: "approved", reason: "looked at it" } },
    ]);
    const run = await ask(["runs", "show", approval.run]);
    expect(run.out).toMatch(new RegExp(`^outcome +${settled.data.outcome}$`, "m"));
    expect(run.out).toMatch(/\nSteps\n.*\n.*notify +done/);
    expect((await ask(["runs", "list", "--playbook", "tell"])).out).toContain(approval.run);
    expect((await ask(["runs", "list", "--outcome", "fixed", "--target", "host:local"])).out).toBe("No runs.\n");
  });

  it("decides nothing when the plan is not the one that was looked at", async () => {
    const { ask, engine, approval } = await waitingApproval();
    const stale = await ask(["approvals", "approve", approval.id, "--plan", "0".repeat(64), "--json"]);
    expect(stale.code).toBe(1);
    expect(JSON.parse(stale.err)).toMatchObject({ error: { code: "approval.stale" } });
    expect(engine.told("approval.decided")).toEqual([]);
    const rejected = await ask(["approvals", "reject", approval.id, "--plan", approval.planHash, "--json"]);
    expect(rejected.json()).toMatchObject({ id: approval.id, state: "rejected" });
    expect((await ask(["approvals", "approve", "approval-nowhere"])).err).toContain("There is no approval");
  });
});

describe("aios runs --review", () => {
  it("lists what was taken back or left behind, and what exactly is left, and nothing else", async () => {
    const doors = await listeningDoors();
    const ask = (...argv: string[]) => aios(["runs", ...argv], { env: { AIOS_DATA_DIR: doors.directory } });
    const { code, out } = await ask("--review");
    expect(code).toBe(0);
    expect(out).toMatch(/^r-2 +restart +agent:coder +not_fixed +residue .*it stays$/m);
    expect(out).not.toContain("r-1");
    expect((await ask("list", "--review", "--json")).json()).toMatchObject({
      items: [{ id: "r-2", rollback: "residue", left: ["it stays"] }],
    });
    expect((await ask("--review", "--outcome", "fixed")).out).toBe("Nothing was taken back, and nothing is left.\n");
  });
});

describe("aios incidents", () => {
  it("lists, shows, acknowledges, silences and resolves an incident", async () => {
    const doors = await listeningDoors();
    const ask = (...argv: string[]) => aios(["incidents", ...argv], { env: { AIOS_DATA_DIR: doors.directory } });
    expect((await ask()).out).toMatch(/^i-1 +open +error +yes +agent:coder .* It does not help$/m);
    expect((await ask("list", "--state", "resolved")).out).toBe("No incidents.\n");
    expect((await ask("show", "i-1")).out).toMatch(/^runs +r-1$/m);
    expect((await ask("acknowledge", "i-1", "--json")).json()).toMatchObject({ state: "acknowledged" });
    expect((await ask("silence", "i-1", "--for", "4h")).out).toMatch(/^silent until .* \(in (4 h|3 h 59 min)\)$/m);
    expect((await ask("resolve", "i-1", "--reason", "over")).out).toMatch(/^state +resolved$/m);
    expect((await ask("show", "i-9")).code).toBe(1);
    expect((await ask("silence", "i-1", "--for", "long")).code).toBe(2);
  });
});
