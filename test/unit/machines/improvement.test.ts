import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { isSameSetup, patched } from "../../../src/domain/agent-setup.ts";
import { LOST_IN_A_ROW, readTrial } from "../../../src/domain/trial-record.ts";
import type { Proposal } from "../../../src/events/types/evolution.ts";
import { improvementMachine } from "../../../src/machines/improvement.ts";
import type { ImprovementContext, ImprovementEvent } from "../../../src/machines/improvement-context.ts";
import type { Output } from "../../../src/machines/output.ts";
import { heard } from "../../support/heard.ts";
import { unvisited, walk } from "../../support/machine-walk.ts";

const before = { config: { command: ["work"] }, concurrency: 2, tuning: {}, accepting: true };
const about = { improvementId: "improvement-1", agentId: "coder" };

function proposal(more: Partial<Proposal> = {}): Proposal {
  return {
    ...about,
    kind: "timeout",
    title: "Give it more time",
    reason: "three were ended at their limit",
    risk: "low",
    asks: false,
    fingerprint: "f",
    evidence: ["a", "b", "c"],
    patch: { tuning: { timeoutMs: 2_000 } },
    planHash: "plan",
    targetVersion: "configuration 1 x",
    before,
    after: { ...before, tuning: { timeoutMs: 2_000 } },
    control: 1,
    candidate: 2,
    candidateHash: "h",
    expiresAtMs: 9_000,
    past: [],
    kin: [],
    ...more,
  };
}

const assigned = (taskId: string, block: number, arm: "control" | "candidate") =>
  heard("evolution.assigned", { ...about, taskId, block, arm });
const succeeded = (taskId: string, agentId = "coder") =>
  heard("task.succeeded", { taskId, agentId, attempt: 1, key: `${taskId}/1`, durationMs: 1, outputBytes: 2 });
const failed = (taskId: string, reason: "error" | "interrupted" = "error") =>
  heard("task.failed", { taskId, agentId: "coder", state: "dead", attempts: 1, reason, error: { message: "no" } });
const attemptFailed = (taskId: string, reason: "error" | "interrupted" = "error") =>
  heard("task.attempt_failed", {
    ...about,
    taskId,
    attempt: 1,
    key: `${taskId}/1`,
    reason,
    error: { message: "no" },
    durationMs: 1,
  });
const tooLate: ImprovementEvent = { type: "DEADLINE.shadow", at: 1_000 };
const began = (taskId: string) => heard("evolution.shadow_began", { ...about, taskId });
const shadowed = (taskId: string, outcome: "succeeded" | "failed" | "void") =>
  heard("evolution.shadowed", { ...about, taskId, outcome, durationMs: 1 });
const cancelled = (taskId: string) => heard("task.cancelled", { taskId, agentId: "coder", by: "me", reason: "" });
const decided = (decision: "approved" | "rejected", planHash = "plan") =>
  heard("approval.decided", { approvalId: "a", runId: about.improvementId, decision, by: "me", planHash, reason: "" });
const kept = heard("evolution.kept", { ...about, version: 3 });
const rolledBack = heard("evolution.rolled_back", { ...about, same: true, detail: "", version: 1 });
const wish = heard("evolution.rollback_requested", { ...about, by: "me", reason: "too slow" });
const restarted = heard("engine.started", { version: "1", node: "20", pid: 1, previous: "crashed" });
const disturbed = { type: "DISTURBED", at: 1_000, why: "agent.configured, by me" } as const;

function running(one: Proposal) {
  const outputs: Output[] = [];
  const actor = createActor(improvementMachine, { input: { proposal: one } });
  actor.on("*", (output) => outputs.push(output));
  actor.start();
  const told = (event: string) =>
    outputs.flatMap((output) => (output.type === "announce" && output.event === event ? [output.data] : []));
  const tell = (...events: readonly ImprovementEvent[]) => {
    for (const event of events) actor.send(event);
  };
  return { actor, outputs, told, tell };
}

/** A whole block: both tasks are given out, and end like this. */
function block(n: number, control: boolean, candidate: boolean): readonly ImprovementEvent[] {
  const end = (task: string, well: boolean) => (well ? succeeded(task) : failed(task));
  return [
    assigned(`a${n}`, n, "control"),
    assigned(`b${n}`, n, "candidate"),
    end(`a${n}`, control),
    end(`b${n}`, candidate),
  ];
}

describe("the improvement machine", () => {
  it("reaches every state and takes every transition it declares", () => {
    const past = Array.from({ length: 60 }, (_, n) => n % 2 === 0);
    const events = [
      ...block(0, true, false),
      cancelled("a0"),
      ...(["approved", "rejected"] as const).map((decision) => decided(decision)),
      kept,
      wish,
      rolledBack,
      restarted,
      disturbed,
      succeeded("other", "writer"),
    ];
    const seen = ({ value, context }: { readonly value: unknown; readonly context: ImprovementContext }) =>
      JSON.stringify([value, Math.min(context.arrivals.length, 80), [...context.assigned.keys()].sort()]);
    const asking = walk(improvementMachine, { input: { proposal: proposal({ asks: true, past }) }, events, seen });
    // A quarantine's verdict needs outcomes alone, so that the walk reaches both ends of it.
    const away = proposal({ kind: "quarantine", past: past.map(() => false), kin: ["writer"] });
    const keeps = walk(improvementMachine, { input: { proposal: away }, events, seen });
    const bad = proposal({ kind: "quarantine", past: past.map(() => true), kin: ["writer"] });
    const undoes = walk(improvementMachine, { input: { proposal: bad }, events, seen });
    const copied = [began("a0"), shadowed("a0", "failed"), attemptFailed("a0"), cancelled("a0"), succeeded("a0")];
    const inShadow = walk(improvementMachine, {
      input: { proposal: proposal({ shadow: { tasks: 7, share: 1, untilMs: 1_000 } }) },
      events: [...copied, wish, kept, rolledBack, restarted, disturbed, tooLate],
      seen: ({ value, context }: { readonly value: unknown; readonly context: ImprovementContext }) =>
        JSON.stringify([
          value,
          context.pairs.filter(({ control }) => control).length,
          context.pairs.length,
          [...context.copies],
        ]),
    });
    const walks = [asking, keeps, undoes, inShadow];
    const visited = new Set(walks.flatMap((walked) => [...walked.visited]));
    expect(unvisited({ ...asking, visited })).toEqual(["proposed", "agreed"]);
    const never = asking.untaken.filter((name) => walks.every(({ untaken }) => untaken.includes(name)));
    // What follows of itself is no answer to an event; the states behind it were visited.
    expect(never.filter((name) => !/ on {2}#/.test(name))).toEqual([]);
  });

  it("keeps a version that wins its blocks, and changes the agent only then", () => {
    const { actor, told, tell, outputs } = running(proposal());
    expect(told("evolution.trial_started")).toMatchObject([{ control: 1, candidate: 2 }]);
    for (let n = 0; actor.getSnapshot().value === "trying"; n++) tell(...block(n, false, true));
    expect(told("evolution.decided")).toMatchObject([{ verdict: "keep", reason: "better" }]);
    expect(outputs.at(-1)).toMatchObject({ type: "effect", name: "adopt" });
    tell(kept);
    expect(actor.getSnapshot().value).toBe("kept");
    tell(wish);
    expect(outputs.at(-1)).toMatchObject({ type: "effect", name: "restore", params: { why: "too slow" } });
    tell(rolledBack);
    expect(actor.getSnapshot().status).toBe("done");
  });

  it("takes a version for broken that loses so many blocks in a row", () => {
    const { told, tell, actor } = running(proposal());
    for (let n = 0; actor.getSnapshot().value === "trying"; n++) tell(...block(n, true, false));
    expect(told("evolution.decided")).toMatchObject([
      { verdict: "rollback", reason: "breaker", blocks: LOST_IN_A_ROW, lead: -LOST_IN_A_ROW },
    ]);
  });

  describe("where the present version itself begins to fail more", () => {
    const past = Array.from({ length: 24 }, (_, n) => n % 8 > 0);
    const interference = { verdict: "worse", before: { failed: 3, tasks: 24 } };

    it("ends its trial as no gain, though it wins its blocks, and says what it compared", () => {
      const { actor, told, tell, outputs } = running(proposal({ past }));
      for (let n = 0; actor.getSnapshot().value === "trying"; n++) tell(...block(n, false, true));
      expect(told("evolution.decided")).toMatchObject([{ verdict: "rollback", reason: "interference", interference }]);
      expect(outputs.at(-1)).toMatchObject({
        name: "restore",
        params: { why: expect.stringContaining("the present version itself began to fail more") },
      });
      tell(rolledBack);
      expect(actor.getSnapshot().status).toBe("done");
    });

    it("keeps nothing while that is in doubt, and does where the doubt goes", () => {
      const before = Array.from({ length: 100 }, (_, n) => n % 5 < 4);
      const lives = (recovers: boolean) => {
        const { actor, told, tell } = running(proposal({ past: before }));
        let doubtful = 0;
        for (let n = 0; actor.getSnapshot().value === "trying"; n++) {
          tell(...block(n, n % 5 > 1 || (recovers && doubtful > 0), true));
          if (readTrial(actor.getSnapshot().context.arrivals).verdict === "keep") doubtful++;
        }
        return { decided: told("evolution.decided"), doubtful };
      };
      const never = lives(false);
      expect(never.decided).toMatchObject([{ verdict: "rollback", reason: "interference" }]);
      expect(never.doubtful).toBeGreaterThan(3);
      const again = lives(true);
      expect(again.decided).toMatchObject([{ verdict: "keep", interference: { verdict: "not_worse" } }]);
      expect(again.doubtful).toBeGreaterThan(3);
    });

    it("says nothing of it with too few tasks before, and says so", () => {
      const { actor, told, tell } = running(proposal({ past: past.slice(0, 11) }));
      for (let n = 0; actor.getSnapshot().value === "trying"; n++) tell(...block(n, false, true));
      expect(told("evolution.decided")).toMatchObject([
        { verdict: "keep", interference: { verdict: "too_few", before: { tasks: 11 } } },
      ]);
    });

    it("counts what ends while it asks among the tasks before, each agent's own alone", () => {
      const { actor, tell } = running(proposal({ past: [true], asks: true }));
      tell(succeeded("a"), failed("b"), failed("c", "interrupted"), succeeded("d", "writer"), cancelled("e"));
      expect(actor.getSnapshot().context.before).toEqual([true, true, false]);
      tell(decided("approved"), succeeded("f"), ...block(0, true, true));
      expect(actor.getSnapshot().context.before).toEqual([true, true, false]);
    });

    it("is not asked of a proposal that an engine made which did not compare", () => {
      const { actor, tell } = running(proposal({ asks: true }));
      for (let n = 0; n < 40; n++) tell(succeeded(`t${n}`));
      expect(actor.getSnapshot().context.before).toEqual([]);
    });

    it("is not asked of a quarantine, which is compared with its own past anyway", () => {
      const { actor, told, tell } = running(proposal({ kind: "quarantine", past: past.map(() => true), kin: ["w"] }));
      for (let n = 0; actor.getSnapshot().value === "trying"; n++) tell(failed(`t${n}`));
      expect(told("evolution.decided")).toMatchObject([{ verdict: "rollback", reason: "breaker" }]);
      expect(told("evolution.decided")[0]).not.toHaveProperty("interference");
    });
  });

  it("counts an outcome once, late ones not at all, and gives the place of a cancelled task to another one", () => {
    const { actor, tell } = running(proposal());
    tell(assigned("a", 0, "control"), succeeded("a"), failed("a"), succeeded("stranger"));
    expect(actor.getSnapshot().context.arrivals).toEqual([{ block: 0, arm: "control", succeeded: true }]);
    tell(assigned("b", 0, "candidate"), cancelled("b"), assigned("c", 0, "candidate"), failed("c", "interrupted"));
    const { places, assigned: left, arrivals } = actor.getSnapshot().context;
    expect(places.vacant).toEqual([{ block: 0, arm: "candidate" }]);
    expect(left.size).toBe(0);
    expect(arrivals).toHaveLength(1);
  });

  it("ends with the agent that it was about, and does not touch it", () => {
    const { actor, told, tell, outputs } = running(proposal());
    tell(assigned("a", 0, "control"), disturbed);
    expect(told("evolution.abandoned")).toMatchObject([{ reason: "agent.configured, by me" }]);
    expect(outputs.filter(({ type }) => type === "effect").map((output) => "name" in output && output.name)).toEqual([
      "begin",
    ]);
    expect(actor.getSnapshot().status).toBe("done");
  });

  describe("in shadow", () => {
    const plan = { shadow: { tasks: 6, share: 1, untilMs: 1_000 } };
    const copy = (n: number, control: boolean, candidate: boolean) => [
      began(`t${n}`),
      control ? succeeded(`t${n}`) : attemptFailed(`t${n}`),
      shadowed(`t${n}`, candidate ? "succeeded" : "failed"),
    ];

    it("begins its trial where the copies do no worse", () => {
      const { actor, told, tell } = running(proposal(plan));
      expect(told("evolution.shadow_started")).toMatchObject([{ tasks: 6 }]);
      expect(told("evolution.trial_started")).toEqual([]);
      for (let n = 0; n < 6; n++) tell(...copy(n, false, true));
      expect(told("evolution.shadow_ended")).toMatchObject([{ verdict: "not_worse" }]);
      expect(told("evolution.trial_started")).toHaveLength(1);
      expect(actor.getSnapshot()).toMatchObject({ value: "trying", context: { arrivals: [] } });
    });

    it("ends without a trial where the copies are clearly worse, and compares what holds", () => {
      const { actor, told, tell, outputs } = running(proposal(plan));
      for (let n = 0; n < 6; n++) tell(...copy(n, true, false));
      expect(told("evolution.shadow_ended")).toMatchObject([{ verdict: "worse", lost: 6, won: 0 }]);
      expect(told("evolution.decided")).toMatchObject([{ verdict: "rollback", reason: "shadow", blocks: 0 }]);
      expect(told("evolution.trial_started")).toEqual([]);
      expect(outputs.at(-1)).toMatchObject({ type: "effect", name: "restore" });
      tell(rolledBack);
      expect(actor.getSnapshot().status).toBe("done");
    });

    it("begins its trial when its time is over, however few tasks were copied, and waits no longer", () => {
      const { actor, told, tell, outputs } = running(proposal(plan));
      expect(outputs).toContainEqual({ type: "deadline", name: "shadow", atMs: 1_000 });
      tell(...copy(0, true, false), tooLate);
      expect(told("evolution.shadow_ended")).toMatchObject([{ verdict: "not_worse", pairs: 1, lost: 1 }]);
      expect(told("evolution.trial_started")).toHaveLength(1);
      expect(outputs).toContainEqual({ type: "drop_deadline", name: "shadow" });
      expect(actor.getSnapshot().value).toBe("trying");
    });

    it("counts neither what was cut off nor what ends late or twice, and forgets open copies at a restart", () => {
      const { actor, told, tell } = running(proposal(plan));
      const standing = () => actor.getSnapshot().context;
      tell(began("a"), shadowed("a", "void"), succeeded("a"));
      tell(began("b"), attemptFailed("b", "interrupted"), shadowed("b", "failed"));
      tell(began("c"), cancelled("c"), shadowed("c", "failed"));
      tell(succeeded("stranger"), shadowed("stranger", "failed"));
      expect(standing()).toMatchObject({ pairs: [], begun: 3, copies: { size: 0 } });
      tell(began("d"), succeeded("d"), began("e"), shadowed("e", "succeeded"), restarted, shadowed("d", "failed"));
      expect([...standing().copies]).toEqual([["e", { candidate: true }]]);
      tell(succeeded("e"), succeeded("e"), shadowed("e", "failed"));
      expect(standing().pairs).toEqual([{ control: true, candidate: true }]);
      expect(told("evolution.shadow_judged")).toHaveLength(1);
    });
  });

  it("is tried after a person approved this very plan, and not after another one", () => {
    const yes = running(proposal({ asks: true, risk: "high" }));
    expect(yes.told("approval.requested")).toMatchObject([{ planHash: "plan", risk: "high", proposedBy: "evolution" }]);
    yes.tell(decided("approved"));
    expect(yes.actor.getSnapshot().value).toBe("trying");
    for (const no of [decided("rejected"), decided("approved", "another plan")]) {
      const asking = running(proposal({ asks: true }));
      asking.tell(no);
      expect(asking.told("evolution.rejected")).toHaveLength(1);
      expect(asking.told("evolution.trial_started")).toEqual([]);
    }
  });
});

describe("a trial's record", () => {
  it("stands where it stood, whatever was counted in between", () => {
    const arrivals = Array.from({ length: 120 }, (_, n) => ({
      block: Math.floor(n / 2),
      arm: n % 2 === 0 ? ("control" as const) : ("candidate" as const),
      succeeded: (n * 7) % 5 > 1,
    }));
    const { blocks } = readTrial(arrivals);
    expect(readTrial(arrivals.slice(0, 60)).blocks).toEqual(blocks.slice(0, 30));
  });
});

describe("a setup with a change", () => {
  it("is the same again when the change is taken back, byte for byte", () => {
    const after = patched(before, { config: { env: { A: "1" } }, concurrency: 1 });
    expect(after).toEqual({ ...before, config: { command: ["work"], env: { A: "1" } }, concurrency: 1 });
    expect(isSameSetup(before, after as never)).toBe(false);
    const back = patched(after as never, { config: { env: null }, concurrency: 2 });
    expect(isSameSetup(before, back as never)).toBe(true);
  });

  it("is none where nothing could have it", () => {
    expect(patched(before, { concurrency: 0 })).toBeUndefined();
    expect(patched(before, { tuning: { timeoutMs: -1 } })).toBeUndefined();
  });
});
