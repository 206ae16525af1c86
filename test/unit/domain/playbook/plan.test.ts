import { describe, expect, it } from "vitest";
import type { Facts } from "../../../../src/domain/playbook/facts.ts";
import { type PlanContext, planHashOf, resolvePlan } from "../../../../src/domain/playbook/plan.ts";
import { plan as planSchema } from "../../../../src/events/types/playbook.ts";
import { nodeHash } from "../../../../src/platform/hash.ts";
import { facts, planContext, playbook, ruleOf, seedPlaybook } from "./sample.ts";

/** A trigger whose data may have any members. */
const own = {
  trigger: { event_type: "some.thing" },
  tests: [{ event: { type: "some.thing" }, expect: "match" }],
};
const high = facts({ scope: "agent", agentId: "a1", text: '{"$ref":"event.data.agentId"}' });

function planOf(content: unknown, document: Facts = high, context: Partial<PlanContext> = {}) {
  const rule = ruleOf(content);
  return resolvePlan(rule.playbook, document, planContext(rule, context));
}

function made(...args: Parameters<typeof planOf>) {
  const result = planOf(...args);
  if (result.kind === "refused") throw new Error(`${result.reason}: ${result.detail}`);
  return result;
}

describe("a plan", () => {
  it("fixes every reference, default and sentence, and fits the journal's schema", () => {
    const { plan, target, planHash } = made(playbook());
    expect(target).toEqual({ kind: "agent", id: "a1" });
    expect(plan.steps).toEqual([
      {
        action: "restart_agent",
        params: { target: "a1", graceMs: 10_000 },
        onFailure: "stop",
        risk: "low",
        reversible: false,
        idempotent: true,
        says: "restart agent a1",
        agents: ["a1"],
      },
    ]);
    expect(plan).toMatchObject({ risk: "low", needsApproval: false, rollback: true, grants: ["process.signal:own"] });
    expect(plan.validation).toMatchObject({ check: "agent_healthy", params: { target: "a1" }, probes: 3, required: 2 });
    expect(planSchema.parse(plan)).toEqual(plan);
    expect(planHash).toBe(planHashOf(plan, nodeHash));
  });

  it("has one hash for one decision, and another once anything in it differs", () => {
    expect(made(playbook()).planHash).toBe(made(playbook()).planHash);
    expect(made(playbook(), facts({ scope: "agent", agentId: "a2" })).planHash).not.toBe(made(playbook()).planHash);
  });

  it("freezes a selection, and refuses an empty or too long one instead of cutting it", () => {
    const hot = facts({ scope: "host", resource: "cpu", value: 90 });
    const { plan, target } = made(seedPlaybook, hot, { idleAgents: () => ["a", "b"] });
    expect(target).toEqual({ kind: "host", id: "local" });
    expect(plan.steps[0]?.params).toEqual({ target: ["a", "b"], onlyIdle: true, graceMs: 10_000 });
    expect(plan.steps[0]?.agents).toEqual(["a", "b"]);
    expect(planOf(seedPlaybook, hot)).toMatchObject({ kind: "refused", reason: "nothing_selected" });
    const six = ["a", "b", "c", "d", "e", "f"];
    expect(planOf(seedPlaybook, hot, { idleAgents: () => six })).toMatchObject({ reason: "too_many_targets" });
    const wide = playbook({ actions: seedPlaybook.actions, maxTargets: 6 });
    expect(planOf(wide, high, { idleAgents: () => six }).kind).toBe("plan");
  });

  it("gives the seed's form the scope its actions own, and asks because it carries no tests", () => {
    const { plan } = made(seedPlaybook, facts({}), { idleAgents: () => ["a"] });
    expect(plan).toMatchObject({ grants: ["process.signal:own"], needsApproval: true });
    expect(plan.riskWhy).toContain("ask: the playbook carries no tests");
  });

  it("refuses a missing reference with its place and path", () => {
    expect(planOf(playbook(), facts({ scope: "agent" }))).toEqual({
      kind: "refused",
      reason: "reference",
      detail: "actions[0].params.target: there is no event.data.agentId",
    });
  });

  it("refuses a missing reference wherever it stands", () => {
    const gone = { $ref: "event.data.text.none" };
    const detailOf = (changes: Readonly<Record<string, unknown>>) => planOf(playbook({ ...own, ...changes }));
    const refusedAt = (place: string) => ({
      reason: "reference",
      detail: `${place}: there is no event.data.text.none`,
    });
    const healthy = { check: "agent_healthy", params: { target: gone } };
    expect(detailOf({ prechecks: [healthy] })).toMatchObject(refusedAt("prechecks[0].params.target"));
    expect(detailOf({ validation: healthy })).toMatchObject(refusedAt("validation.params.target"));
    expect(detailOf({ target: { kind: "file", id: gone } })).toMatchObject(refusedAt("target.id"));
    const emits = (data: unknown) => ({
      actions: [{ type: "emit_event", params: { event_type: "x.y", data } }],
      grants: ["event.emit:x.*"],
    });
    const known = { $ref: "event.data.agentId" };
    expect(detailOf(emits({ deep: ["a", [known, gone]] }))).toMatchObject(
      refusedAt("actions[0].params.data.deep[1][1]"),
    );
    const whole = made(playbook({ ...own, ...emits({ deep: ["a", [known, { b: known }]] }) }));
    expect(whole.plan.steps[0]?.params["data"]).toEqual({ deep: ["a", ["a1", { b: "a1" }]] });
  });

  it("is about the target it names, with a number written as text, else the event's agent, else the host", () => {
    const targetOf = (data: unknown, changes: Readonly<Record<string, unknown>> = {}, agent?: Facts["agent"]) =>
      made(
        playbook({
          ...own,
          actions: [{ type: "notify", params: { text: "x" } }],
          grants: ["notify:log"],
          validation: { check: "none" },
          ...changes,
        }),
        facts(data, agent === undefined ? {} : { agent }, "some.thing"),
      ).target;
    const port = { target: { kind: "upstream", id: { $ref: "event.data.port" } } };
    expect(targetOf({ port: 8080 }, port)).toEqual({ kind: "upstream", id: "8080" });
    expect(targetOf({ port: "web" }, port)).toEqual({ kind: "upstream", id: "web" });
    const agent = { id: "of-facts" } as Facts["agent"];
    expect(targetOf({ agentId: "of-data" }, {}, agent)).toEqual({ kind: "agent", id: "of-data" });
    for (const nobody of [{ agentId: "" }, { agentId: 7 }, {}, null, "agentId", undefined]) {
      expect(targetOf(nobody, {}, agent)).toEqual({ kind: "agent", id: "of-facts" });
      expect(targetOf(nobody)).toEqual({ kind: "host", id: "local" });
    }
  });

  it("never looks into what a reference yields", () => {
    const text = { $ref: "event.data.text" };
    const emits = playbook({ ...own, actions: [{ type: "notify", params: { text } }], grants: ["notify:log"] });
    expect(made(emits).plan.steps[0]?.params["text"]).toBe('{"$ref":"event.data.agentId"}');
    const nested = playbook({
      actions: [{ type: "emit_event", params: { event_type: "x.y", data: { copy: { $ref: "event.data" } } } }],
      grants: ["event.emit:x.*"],
      validation: { check: "none" },
    });
    const sly = facts({ scope: "agent", inner: { $ref: "agent.config" } });
    expect(made(nested, sly).plan.steps[0]?.params["data"]).toEqual({
      copy: { scope: "agent", inner: { $ref: "agent.config" } },
    });
  });

  it("refuses what only the event revealed to be ungranted", () => {
    const writes = playbook({
      ...own,
      actions: [{ type: "write_file", params: { path: { $ref: "event.data.path" }, content: "x" } }],
      grants: ["fs.write:/srv/in/**"],
    });
    const at = (path: string) => planOf(writes, facts({ scope: "agent", agentId: "a", path }));
    expect(at("/srv/in/a/b.txt").kind).toBe("plan");
    expect(at("/etc/passwd")).toMatchObject({ reason: "grant" });
    expect(at("/srv/in/../../etc/passwd")).toMatchObject({ reason: "params" });
  });

  it("takes parameters from the person who starts it, checked by type, else their defaults", () => {
    const tuned = playbook({
      parameters: { grace: { type: "integer", default: 500 } },
      actions: [{ type: "restart_agent", target: "a1", params: { graceMs: { $ref: "parameters.grace" } } }],
    });
    const grace = (parameters?: Record<string, number | string>) =>
      planOf(tuned, high, parameters === undefined ? {} : { parameters });
    expect(grace()).toMatchObject({ plan: { steps: [{ params: { graceMs: 500 } }] } });
    expect(grace({ grace: 700 })).toMatchObject({ plan: { steps: [{ params: { graceMs: 700 } }] } });
    expect(grace({ grace: "700" })).toMatchObject({ reason: "params" });
    expect(grace({ other: 1 })).toMatchObject({ reason: "params" });
    expect(grace({ grace: 0.5 })).toMatchObject({ reason: "params" });
    const spoken = playbook({
      ...own,
      parameters: { text: { type: "string" } },
      actions: [{ type: "notify", params: { text: { $ref: "parameters.text" } } }],
      grants: ["notify:log"],
      validation: { check: "none" },
    });
    const said = (text: string | number) => planOf(spoken, high, { parameters: { text } });
    expect(said("hello")).toMatchObject({ plan: { steps: [{ params: { text: "hello" } }] } });
    expect(said(1)).toMatchObject({ reason: "params", detail: "parameters.text must be of type string" });
    expect(planOf(spoken)).toMatchObject({ reason: "reference" });
  });
});

describe("approval", () => {
  it("is asked for any risk above low, whatever raised it", () => {
    expect(made(playbook({ risk: "medium" })).plan).toMatchObject({ risk: "medium", needsApproval: true });
    const posts = playbook({
      actions: [{ type: "http_request", params: { url: "http://h/x" } }],
      grants: ["http:POST h/*"],
    });
    expect(made(posts).plan).toMatchObject({ risk: "medium", needsApproval: true });
    const gets = playbook({
      actions: [{ type: "http_request", params: { method: "GET", url: "http://h/x" } }],
      grants: ["http:GET h/*"],
    });
    expect(made(gets).plan).toMatchObject({ risk: "low", needsApproval: false });
    const heads = playbook({
      actions: [{ type: "http_request", params: { method: "HEAD", url: "http://h/x" } }],
      grants: ["http:HEAD h/*"],
    });
    expect(planOf(heads)).toMatchObject({ kind: "plan", plan: { risk: "low", needsApproval: false } });
    expect(made(playbook(), high, { record: { fixed: 1, failed: 4 } }).plan.needsApproval).toBe(true);
    expect(made(playbook(), high, { record: { fixed: 1, failed: 3 } }).plan.needsApproval).toBe(false);
    expect(made(playbook(), high, { budgetSpent: true }).plan.needsApproval).toBe(true);
  });

  it("is given by starting a run oneself, unless it is dangerous; the forbidden cannot be approved", () => {
    const manual = { via: "manual" } as const;
    expect(made(playbook({ risk: "high" }), high, manual).plan.needsApproval).toBe(false);
    expect(made(playbook({ risk: "dangerous" }), high, manual).plan.needsApproval).toBe(true);
    expect(planOf(playbook({ risk: "forbidden" }), high, manual)).toMatchObject({ reason: "forbidden" });
  });
});
