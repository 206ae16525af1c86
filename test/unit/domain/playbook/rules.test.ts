import { describe, expect, it } from "vitest";
import { facts, faultsOf, file, playbook, ruleOf, rulesOf, seedPlaybook } from "./sample.ts";

describe("the seed's form", () => {
  it("reads a threshold as the value at host scope", () => {
    const rule = ruleOf(seedPlaybook);
    expect(rule.matches(facts({ scope: "host", resource: "cpu", value: 80, threshold: 80 }))).toBe(true);
    expect(rule.matches(facts({ scope: "host", resource: "cpu", value: 79.9, threshold: 70 }))).toBe(false);
    expect(rule.matches(facts({ scope: "agent", resource: "cpu", value: 99, threshold: 80 }))).toBe(false);
    expect(rule.matches(facts({ scope: "host", resource: "memory", value: 99, threshold: 80 }))).toBe(false);
  });

  it("takes a custom playbook without a validation, whose runs then stay unverified", () => {
    const rule = ruleOf({
      id: "my_custom_fix",
      trigger: { event_type: "custom.event", conditions: { key: "value" } },
      actions: [{ type: "notify", params: { text: "seen" } }],
    });
    expect(rule.matches(facts({ key: "value" }, {}, "custom.event"))).toBe(true);
    expect(rule.playbook.validation.check).toBe("none");
  });

  it("takes its tests from a sidecar", () => {
    const tests = [{ event: { type: "resource.high", data: { resource: "disk" } }, expect: "no_match" }];
    const { rules } = rulesOf({ ...file(seedPlaybook), tests: JSON.stringify(tests) });
    expect(rules[0]?.playbook.tests).toHaveLength(1);
  });
});

describe("a rule set", () => {
  it("offers the rules that listen to a type, by exact name or pattern, in order of their ids", () => {
    const { candidates } = rulesOf(
      file(playbook({ id: "b" }), "b.json"),
      file(playbook({ id: "a", trigger: { event_type: "resource.*", conditions: { scope: "agent" } } }), "a.json"),
    );
    const data = { scope: "agent" };
    expect(candidates({ type: "resource.high", data }).map(({ playbook: { id } }) => id)).toEqual(["a", "b"]);
    expect(candidates({ type: "resource.normal", data }).map(({ playbook: { id } }) => id)).toEqual(["a"]);
    expect(candidates({ type: "task.failed", data })).toEqual([]);
  });

  it("loads the others when one is refused, and refuses the second of two with one id", () => {
    const { rules, refused } = rulesOf(
      { file: "broken.json", text: "{" },
      file(playbook(), "one.json"),
      file(playbook(), "two.json"),
    );
    expect(rules).toHaveLength(1);
    expect(refused.map(({ file: name }) => name)).toEqual(["broken.json", "two.json"]);
    expect(refused[1]?.reason).toContain("one.json");
  });

  it("gives a rule another hash when what it does changes, and the same when only its tests do", () => {
    const before = ruleOf(playbook()).hash;
    expect(ruleOf(playbook({ cooldownMs: 1000 })).hash).not.toBe(before);
    expect(ruleOf(playbook({ tests: [] })).hash).toBe(before);
  });

  it("explains a mismatch with the value seen", () => {
    const explained = ruleOf(seedPlaybook).explain(facts({ scope: "host", resource: "cpu", value: 42 }));
    expect(explained.matched).toBe(false);
    expect(explained.why).toEqual(["event.data.value is at least 80: saw 42 → no"]);
  });

  it("says unknown when the value is missing", () => {
    const explained = ruleOf(seedPlaybook).explain(facts({ scope: "host", resource: "cpu" }));
    expect(explained.verdict).toBeNull();
    expect(explained.why).toEqual(["event.data.value is at least 80: saw nothing → unknown"]);
  });
});

describe("a bad playbook is refused with its place and advice", () => {
  it.each<[string, unknown, string]>([
    [
      "unknown action",
      playbook({ actions: [{ type: "kill_proces" }] }),
      'actions[0].type: unknown action "kill_proces"; did you mean "kill_process"?',
    ],
    [
      "unknown check",
      playbook({ validation: { check: "agent_healty" } }),
      'validation.check: unknown check "agent_healty"; did you mean "agent_healthy"?',
    ],
    [
      "unknown operator",
      playbook({ trigger: { event_type: "a.b", conditions: { all: [{ path: "event.data.x", gtee: 1 }] } } }),
      'trigger.conditions.all[0].gtee: unknown operator "gtee"; did you mean "gte"?',
    ],
    [
      "unknown member",
      playbook({ cooldwonMs: 5 }),
      'cooldwonMs: unknown member "cooldwonMs"; did you mean "cooldownMs"?',
    ],
    [
      "unknown event type",
      playbook({ trigger: { event_type: "resource.hihg" } }),
      'trigger.event_type: unknown event type "resource.hihg"; did you mean "resource.high"?',
    ],
    [
      "unknown parameter",
      playbook({ actions: [{ type: "restart_agent", target: "a", params: { gracems: 1 } }] }),
      'actions[0].params.gracems: unknown parameter "gracems"; did you mean "graceMs"?',
    ],
    [
      "wrong parameter beside a reference",
      playbook({ actions: [{ type: "restart_agent", target: { $ref: "event.data.a" }, params: { graceMs: "x" } }] }),
      "actions[0].params.graceMs: Invalid input: expected number, received string",
    ],
    [
      "bad regex",
      playbook({ trigger: { event_type: "a.b", conditions: { x: { regex: "(" } } } }),
      "trigger.conditions.x.regex: not a regular expression: error parsing regexp: missing closing ): `(`; the syntax is RE2's, without back-references and looking around",
    ],
    [
      "no path root",
      playbook({ trigger: { event_type: "a.b", conditions: { path: "data.x", eq: 1 } } }),
      'trigger.conditions.path: "data.x" begins with none of event, agent, task, failure, clock',
    ],
    [
      "stray reference",
      playbook({ actions: [{ type: "restart_agent", target: { $ref: "evnt.data" } }] }),
      'actions[0].params.target: "evnt.data" begins with none of event, agent, task, failure, clock, parameters',
    ],
    [
      "misspelt fact",
      playbook({ trigger: { event_type: "a.b", conditions: { path: "agent.sate", eq: "idle" } } }),
      'trigger.conditions.path: unknown member of agent "sate"; did you mean "state"?',
    ],
    [
      "misspelt data of an event that is known",
      playbook({ trigger: { event_type: "resource.high", conditions: { resouce: "cpu" } } }),
      'trigger.conditions.resouce: unknown member of resource.high "resouce"; did you mean "resource"?',
    ],
    [
      "misspelt data in a reference",
      playbook({ actions: [{ type: "restart_agent", target: { $ref: "event.data.agentID" } }] }),
      'actions[0].params.target: unknown member of resource.high "agentID"; did you mean "agentId"?',
    ],
    [
      "parameter that it does not have",
      playbook({
        actions: [{ type: "restart_agent", target: "a", params: { graceMs: { $ref: "parameters.grace" } } }],
      }),
      'actions[0].params.graceMs: unknown member of parameters "grace"; known are ',
    ],
    [
      "condition on a parameter",
      playbook({ trigger: { event_type: "a.b", conditions: { path: "parameters.x", eq: 1 } } }),
      'trigger.conditions.path: "parameters.x" begins with none of event, agent, task, failure, clock',
    ],
    [
      "matches everything",
      playbook({ trigger: { event_type: "**" } }),
      "trigger: it matches everything: name an event type, or add conditions",
    ],
    ["does nothing", playbook({ actions: [] }), "actions: it does nothing: name at least one action"],
    [
      "no validation",
      playbook({ validation: undefined }),
      "validation: say how success is verified, for example {check, params}",
    ],
    [
      "unreachable validation",
      playbook({ validation: { check: "none", probes: 1, required: 2 } }),
      "validation.required: 2 of 1 probes can never be reached",
    ],
    [
      "unknown grant",
      playbook({ grants: ["process.signl:own"] }),
      'grants[0]: unknown grant "process.signl"; did you mean "process.signal"?',
    ],
    [
      "missing grant",
      playbook({ actions: [{ type: "restart_agent", target: "a" }], grants: [] }),
      'grants: actions[0] (restart_agent) needs "process.signal:own": add it, or a pattern that covers it',
    ],
    [
      "failing example",
      playbook({ tests: [{ event: { type: "resource.high", data: { scope: "host" } }, expect: "match" }] }),
      'tests[0]: expects match, but it does not match: event.data.scope equals "agent": saw "host" → no',
    ],
  ])("%s", (_, content, fault) => {
    expect(faultsOf(content)).toContain(fault);
  });

  it("names and texts that would not arrive as they are", () => {
    const data = JSON.parse('{ "a": [{ "__proto__": 1 }] }') as object;
    const emits = (params: object) =>
      playbook({ actions: [{ type: "emit_event", params }], grants: ["event.emit:**"] });
    expect(faultsOf(emits({ event_type: "a.b", data }))).toEqual([
      "actions[0].params.data.a[0].__proto__: no member can have this name: choose another",
    ]);
    for (const text of ["\uD800", "a\uDC00b"])
      expect(faultsOf(emits({ event_type: "a.b", data: { text } }))).toEqual([
        "actions[0].params.data.text: it holds half a character (a lone surrogate), which no bytes stand for",
      ]);
    expect(faultsOf(emits({ event_type: "a.b", data: { text: "\u{1F4A5}" } }))).toEqual([]);
  });

  it("a byte order mark", () => {
    const { refused } = rulesOf({ file: "bom.json", text: `\uFEFF${JSON.stringify(playbook())}` });
    expect(refused[0]?.reason).toContain("byte order mark");
  });
});
