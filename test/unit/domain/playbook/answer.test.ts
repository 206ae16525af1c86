import { describe, expect, it } from "vitest";
import { catalogue } from "../../../../src/actions/index.ts";
import {
  type Answer,
  answer,
  type Circumstances,
  relapsedRun,
  runIdOf,
} from "../../../../src/domain/playbook/answer.ts";
import { limitsSettings } from "../../../../src/domain/playbook/limits/settings.ts";
import { evolveLimits, initialLimits } from "../../../../src/domain/playbook/limits/state.ts";
import { evolveRecord, initialRecord } from "../../../../src/domain/playbook/record.ts";
import { riskSettings } from "../../../../src/domain/playbook/risk.ts";
import type { AnyEvent } from "../../../../src/events/envelope.ts";
import type { Severity } from "../../../../src/events/vocabulary.ts";
import { nodeHash } from "../../../../src/platform/hash.ts";
import { heard } from "../../../support/heard.ts";
import { matched, settled } from "./run-events.ts";
import { facts, playbook, ruleOf } from "./sample.ts";

const now = 1_000_000;
const data = {
  scope: "agent",
  agentId: "a",
  resource: "cpu",
  value: 99,
  threshold: 80,
  unit: "percent",
  samples: 3,
} as const;
const event = (severity: Severity = "warning"): AnyEvent =>
  ({ ...heard("resource.high", data, now), severity }) as AnyEvent;

const rule = (id: string, more: Readonly<Record<string, unknown>> = {}) => ruleOf(playbook({ id, ...more }));
const called = (...rules: readonly ReturnType<typeof rule>[]) =>
  rules.map((one) => ({ rule: one, via: "trigger" as const, why: ["it is hot"] }));

function answers(more: Partial<Circumstances> = {}, past: readonly AnyEvent[] = []): readonly Answer[] {
  return answer({
    event: event(),
    facts: facts(data),
    called: called(rule("p")),
    mode: "live",
    paused: false,
    limits: past.reduce(evolveLimits, initialLimits),
    record: past.reduce(evolveRecord, initialRecord),
    limitsSettings: limitsSettings.parse({}),
    riskSettings: riskSettings.parse({}),
    catalogue,
    hash: nodeHash,
    idleAgents: () => [],
    groupOf: () => undefined,
    breakerOf: () => ({ state: "closed", failures: 0 }),
    versionOf: () => "1",
    formerly: () => [],
    nowMs: now,
    approvalMs: 60_000,
    ...more,
  });
}
const only = (...args: Parameters<typeof answers>): Answer => {
  const [one, another] = answers(...args);
  if (one === undefined || another !== undefined) throw new Error("not one answer");
  return one;
};
const brief = (all: readonly Answer[]) =>
  all.map((one) => {
    if (one.kind === "run") return `${one.order.playbookId} runs`;
    return `${one.rule.playbook.id} ${one.kind}: ${one.reason}`;
  });

describe("what answers an event", () => {
  it("is a run with everything fixed that it will need", () => {
    const one = only();
    expect(one).toMatchObject({
      kind: "run",
      order: {
        playbookId: "p",
        target: { kind: "agent", id: "a" },
        trigger: { type: "resource.high", at: now },
        via: "trigger",
        mode: "live",
        targetVersion: "1",
        why: ["it is hot"],
        agentId: "a",
        approvalExpiresAtMs: now + 60_000,
      },
    });
  });

  it("is the same run however often it is considered, and another for another playbook or event", () => {
    expect(runIdOf("e", "p", nodeHash)).toBe(runIdOf("e", "p", nodeHash));
    expect(new Set([runIdOf("e", "p", nodeHash), runIdOf("e", "q", nodeHash), runIdOf("f", "p", nodeHash)]).size).toBe(
      3,
    );
  });

  it("is as urgent as its event is severe, or as its playbook says", () => {
    const urgency = (severity: Severity, priority?: string) => {
      const one = only({
        event: event(severity),
        called: called(rule("p", priority === undefined ? {} : { priority })),
      });
      return one.kind === "run" ? one.order.priority : "none";
    };
    expect((["critical", "error", "warning", "info"] as const).map((severity) => urgency(severity, "P3"))).toEqual([
      "P0",
      "P1",
      "P2",
      "P3",
    ]);
    expect(urgency("info", "P0")).toBe("P0");
  });

  it("is the better proven playbook; one before it that may not run is told why, those behind it are not asked", () => {
    const proven = ["r1", "r2", "r3"].map((runId, index) => settled({ runId, atMs: index, playbookId: "b" }, "fixed"));
    const all = called(rule("a"), rule("b"), rule("c"));
    expect(brief(answers({ called: all }))).toEqual(["a runs"]);
    expect(brief(answers({ called: all }, proven))).toEqual(["b runs"]);
    const resting = [...proven, settled({ runId: "r4", atMs: now - 1, playbookId: "b" }, "fixed")];
    expect(brief(answers({ called: all }, resting))).toEqual(["b suppressed: cooldown", "a runs"]);
  });

  it("is refused, and no run, where the plan cannot be made", () => {
    const one = only({ facts: facts({ scope: "agent" }) });
    expect(one).toMatchObject({
      kind: "refused",
      target: { kind: "host" },
      reason: "reference: actions[0].params.target: there is no event.data.agentId",
      rehearsed: false,
    });
    expect(only({ facts: facts({ scope: "agent" }), mode: "rehearse" })).toMatchObject({ rehearsed: true });
  });

  it("is held to the limits before it is refused: a flood is not refused event by event", () => {
    const host = { kind: "host", id: "local" } as const;
    const before = settled({ runId: "r", atMs: now - 1, target: host }, "refused");
    const nowhere = facts({ scope: "agent" });
    expect(brief(answers({ facts: nowhere }, [before]))).toEqual(["p suppressed: cooldown"]);
    expect(brief(answers({ facts: nowhere, nowMs: now + 300_000 }, [before]))).toEqual([
      "p refused: reference: actions[0].params.target: there is no event.data.agentId",
    ]);
    expect(brief(answers({ facts: nowhere, paused: true }))).toEqual(["p suppressed: paused"]);
  });

  it("runs the moment that a plan can be made: what was refused has tried nothing", () => {
    const before = settled({ runId: "r", atMs: now - 1 }, "refused");
    expect(brief(answers({}, [before]))).toEqual(["p runs"]);
    const tried = [matched({ runId: "r", atMs: now - 2 }), before];
    expect(brief(answers({}, tried))).toEqual(["p suppressed: cooldown"]);
  });

  it("does nothing while the reactor only observes, and says what it would do", () => {
    expect(only({ mode: "observe" })).toMatchObject({
      kind: "suppressed",
      reason: "observing",
      planHash: expect.any(String),
    });
    const refused = only({ mode: "observe", facts: facts({ scope: "agent" }) });
    expect(refused).toMatchObject({ kind: "suppressed", reason: "observing" });
    expect("detail" in refused ? refused.detail : "").toContain("it would refuse, reference");
    expect(refused).not.toHaveProperty("planHash");
  });

  it("names the agent it is about, also where it is suppressed", () => {
    const working = matched({ runId: "r", atMs: 1 });
    expect(only({}, [working])).toMatchObject({ kind: "suppressed", reason: "coalesced", agentId: "a" });
  });

  it("asks once the error budget of its playbook is spent", () => {
    const spent = Array.from({ length: 20 }, (_, index) =>
      settled(
        { runId: `r${index}`, atMs: index, target: { kind: "agent", id: `b${index}` } },
        index < 17 ? "fixed" : "not_fixed",
      ),
    );
    const limits = { ...limitsSettings.parse({}), playbookPerHour: 99, allPerHour: 99 };
    const one = only({ limitsSettings: limits }, spent);
    expect(one.kind === "run" && one.order.plan.needsApproval).toBe(true);
  });
});

describe("a relapse", () => {
  const target = { kind: "agent", id: "a" } as const;
  const fix = { runId: "r", playbookId: "p", target, settledAtMs: 1_000, settleMs: 100 };
  const again = (atMs: number, more = {}) => relapsedRun([fix], { playbookId: "p", target, atMs, ...more }, 10);

  it("is the same playbook called for the same target within ten settle delays of its fix", () => {
    expect([1_000, 1_001, 2_000, 2_001].map((atMs) => again(atMs))).toEqual([undefined, "r", "r", undefined]);
    expect(again(1_500, { playbookId: "q" })).toBeUndefined();
    expect(again(1_500, { target: { kind: "agent", id: "b" } })).toBeUndefined();
  });
});
