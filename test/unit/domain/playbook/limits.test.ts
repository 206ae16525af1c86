import { describe, expect, it } from "vitest";
import { type Admission, type AdmitRequest, admit } from "../../../../src/domain/playbook/limits/admit.ts";
import { type LimitsSettings, limitsSettings } from "../../../../src/domain/playbook/limits/settings.ts";
import { evolveLimits, initialLimits } from "../../../../src/domain/playbook/limits/state.ts";
import { stormChange } from "../../../../src/domain/playbook/limits/storm.ts";
import type { AnyEvent } from "../../../../src/events/envelope.ts";
import type { Outcome } from "../../../../src/events/vocabulary.ts";
import { matched, relapsed, settled, storm, suppressed } from "./run-events.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const defaults = limitsSettings.parse({});

const fold = (events: readonly AnyEvent[]) => events.reduce(evolveLimits, initialLimits);

function ask(
  events: readonly AnyEvent[],
  changes: Partial<AdmitRequest> & { readonly atMs: number },
  settings: Partial<LimitsSettings> = {},
): Admission {
  const request: AdmitRequest = {
    playbook: { id: "p", cooldownMs: undefined },
    breaker: { state: "closed", failures: 0 },
    target: { kind: "agent", id: "a" },
    priority: "P2",
    via: "trigger",
    correlationId: "another root",
    ...changes,
  };
  return admit(fold(events), request, { ...defaults, ...settings });
}

/** `reason`, or "admitted". */
function answer(...args: Parameters<typeof ask>): string {
  const admission = ask(...args);
  return admission.kind === "admitted" ? "admitted" : admission.reason;
}

/** A whole run that settled at once. */
function run(
  runId: string,
  atMs: number,
  outcome: Outcome = "fixed",
  more: { playbookId?: string; targetId?: string; priority?: "P0" } = {},
) {
  const { targetId = "a", playbookId = "p", priority } = more;
  const like = { runId, atMs, playbookId, target: { kind: "agent", id: targetId } as const };
  return [matched(priority === undefined ? like : { ...like, priority }), settled(like, outcome)];
}

/** Many whole runs, one a second, each on a target and of a playbook of its own unless told. */
function runs(count: number, more: { playbookId?: string; targetId?: string; everyMs?: number } = {}) {
  return Array.from({ length: count }, (_, index) =>
    run(`r${index}`, index * (more.everyMs ?? 1000), "fixed", {
      playbookId: more.playbookId ?? `p${index}`,
      targetId: more.targetId ?? `a${index}`,
    }),
  ).flat();
}

describe("lock", () => {
  it("coalesces a second run on a target until the first has settled", () => {
    const first = { runId: "r1", atMs: 0, playbookId: "other" };
    expect(answer([matched(first)], { atMs: 1 })).toBe("coalesced");
    expect(answer([matched(first), settled({ ...first, atMs: 1 }, "fixed")], { atMs: 2 })).toBe("admitted");
  });

  it("holds for a run that a person starts", () => {
    expect(answer([matched({ runId: "r1", atMs: 0 })], { atMs: 1, via: "manual" })).toBe("coalesced");
  });

  it("is not taken by a reactor that only observes", () => {
    expect(answer([matched({ runId: "r1", atMs: 0 }, "observe")], { atMs: 1 })).toBe("admitted");
  });
});

describe("cooldown", () => {
  it("lasts 5 minutes after a fix, for this playbook and target alone", () => {
    const events = run("r1", 0);
    expect(ask(events, { atMs: 5 * MINUTE - 1 })).toMatchObject({ reason: "cooldown", untilMs: 5 * MINUTE });
    expect(answer(events, { atMs: 5 * MINUTE })).toBe("admitted");
    expect(answer(events, { atMs: 1, target: { kind: "agent", id: "b" } })).toBe("admitted");
    expect(answer(events, { atMs: 1, playbook: { id: "q", cooldownMs: undefined } })).toBe("admitted");
  });

  it("follows its setting and the playbook's own", () => {
    expect(answer(run("r1", 0), { atMs: 1000 }, { cooldownMs: 1000 })).toBe("admitted");
    expect(answer(run("r1", 0), { atMs: 1000, playbook: { id: "p", cooldownMs: 500 } })).toBe("admitted");
  });

  it("doubles with every run that was not verified to help, up to its cap", () => {
    const settings = { targetPerHour: 99, targetPerDay: 99 };
    const untilAfter = (count: number) => {
      const events = Array.from({ length: count }, (_, index) => run(`r${index}`, index, "unverified")).flat();
      const admission = ask(events, { atMs: count }, settings);
      return admission.kind === "suppressed" ? (admission.untilMs ?? 0) - (count - 1) : 0;
    };
    expect([1, 2, 3, 4, 5].map(untilAfter)).toEqual([10, 20, 40, 60, 60].map((minutes) => minutes * MINUTE));
  });

  it("grows by its factor and no further than its cap, whatever they are set to", () => {
    const events = ["1", "2"].flatMap((id, index) => run(id, index, "not_fixed"));
    const until = (settings: Partial<LimitsSettings>) => ask(events, { atMs: 2 }, { targetPerHour: 99, ...settings });
    expect(until({ cooldownFactor: 3 })).toMatchObject({ untilMs: 1 + 45 * MINUTE });
    expect(until({ cooldownFactor: 1 })).toMatchObject({ untilMs: 1 + 5 * MINUTE });
    expect(until({ cooldownFactor: 3, cooldownCapMs: 7 * MINUTE })).toMatchObject({ untilMs: 1 + 7 * MINUTE });
  });

  it("forgets the doubling once a fix has held for 30 minutes, and not when it relapsed", () => {
    const settings = { cooldownCapMs: 10 * HOUR, cooldownMs: 40 * MINUTE, targetPerHour: 99 };
    const events = [...run("r1", 0, "unverified"), ...run("r2", 1, "fixed")];
    expect(answer(events, { atMs: 40 * MINUTE + 1 }, settings)).toBe("admitted");
    const again = [...events, relapsed({ runId: "r2", atMs: MINUTE })];
    expect(answer(again, { atMs: 40 * MINUTE + 1 }, settings)).toBe("cooldown");
  });

  it("starts anew after a fix that held: earlier failures never come back", () => {
    const settings = { targetPerHour: 99, targetPerDay: 99 };
    const failures = [0, 1, 2].flatMap((index) => run(`r${index}`, index, "unverified"));
    const events = [...failures, ...run("ok", 3, "fixed"), ...run("again", HOUR, "unverified")];
    expect(ask(events, { atMs: HOUR }, settings)).toMatchObject({ untilMs: HOUR + 10 * MINUTE });
    const justHeld = [...failures, ...run("ok", 3, "fixed"), ...run("again", 3 + 30 * MINUTE, "unverified")];
    expect(ask(justHeld, { atMs: 3 + 30 * MINUTE }, settings)).toMatchObject({ untilMs: 3 + 40 * MINUTE });
    const tooSoon = [...failures, ...run("ok", 3, "fixed"), ...run("again", 29 * MINUTE, "unverified")];
    expect(ask(tooSoon, { atMs: 29 * MINUTE }, settings)).toMatchObject({ untilMs: (29 + 60) * MINUTE });
    expect(ask(tooSoon, { atMs: 29 * MINUTE }, { ...settings, cooldownResetMs: 20 * MINUTE })).toMatchObject({
      untilMs: (29 + 10) * MINUTE,
    });
  });

  it("remembers the 1,000 pairs of playbook and target that settled last", () => {
    const first = run("r", 0, "fixed", { targetId: "first" });
    const many = Array.from({ length: 1_000 }, (_, index) => {
      const like = { runId: `r${index}`, atMs: 1, target: { kind: "agent", id: `t${index}` } as const };
      return settled(like, "fixed");
    });
    expect(fold([...first, ...many]).repeats.size).toBe(1_000);
    expect(fold(many).repeats.has("p agent:t0")).toBe(true);
    expect(fold([...first, ...many]).repeats.has("p agent:first")).toBe(false);
  });

  it("does not grow by a run that was refused or rehearsed", () => {
    expect(answer(run("r1", 0, "refused"), { atMs: 5 * MINUTE })).toBe("admitted");
    const rehearsal = [matched({ runId: "r1", atMs: 0 }), settled({ runId: "r1", atMs: 0 }, "suppressed", true)];
    expect(answer(rehearsal, { atMs: 5 * MINUTE - 1 })).toBe("cooldown");
    expect(answer(rehearsal, { atMs: 5 * MINUTE })).toBe("admitted");
  });
});

describe("windows", () => {
  it("allow a target 3 runs an hour and 7 a day", () => {
    const hourly = runs(3, { targetId: "a" });
    expect(answer(hourly, { atMs: MINUTE })).toBe("limit_target");
    expect(answer(hourly, { atMs: MINUTE }, { targetPerHour: 4 })).toBe("admitted");
    expect(answer(hourly, { atMs: HOUR + 1 })).toBe("admitted");
    const daily = runs(7, { targetId: "a", everyMs: HOUR });
    expect(answer(daily, { atMs: 8 * HOUR })).toBe("limit_target");
    expect(answer(daily, { atMs: 8 * HOUR }, { targetPerDay: 8 })).toBe("admitted");
    expect(answer(daily, { atMs: 24 * HOUR + 1 })).toBe("admitted");
  });

  it("allow a playbook 10 runs an hour", () => {
    const events = runs(10, { playbookId: "p" });
    expect(answer(events, { atMs: MINUTE })).toBe("limit_playbook");
    expect(answer(events, { atMs: MINUTE }, { playbookPerHour: 11 })).toBe("admitted");
  });

  it("allow 30 runs an hour in all, the last 5 of them to P0 alone", () => {
    const busy = runs(25);
    expect(answer(busy, { atMs: MINUTE })).toBe("limit_global");
    expect(answer(busy, { atMs: MINUTE }, { allPerHour: 31 })).toBe("admitted");
    expect(answer(busy, { atMs: MINUTE }, { reserveP0: 0 })).toBe("admitted");
    expect(answer(busy, { atMs: MINUTE, priority: "P0" })).toBe("admitted");
    expect(answer(runs(30), { atMs: MINUTE, priority: "P0" })).toBe("limit_global");
  });

  it("let a run go the moment that it is as old as they are", () => {
    const hourly = runs(3, { targetId: "a" });
    expect(answer(hourly, { atMs: HOUR - 1 })).toBe("limit_target");
    expect(answer(hourly, { atMs: HOUR })).toBe("admitted");
    const daily = runs(7, { targetId: "a", everyMs: 3 * HOUR });
    expect(answer(daily, { atMs: 24 * HOUR - 1 })).toBe("limit_target");
    expect(answer(daily, { atMs: 24 * HOUR })).toBe("admitted");
  });

  it("say when there is room again, and over which span", () => {
    expect(ask(runs(7, { targetId: "a", everyMs: HOUR }), { atMs: 8 * HOUR })).toMatchObject({
      detail: "7 runs in the last day; at most 7",
      untilMs: 24 * HOUR,
    });
    expect(ask(runs(3, { targetId: "a" }), { atMs: MINUTE })).toMatchObject({ untilMs: HOUR });
  });

  it("do not bind a person", () => {
    expect(answer(runs(30, { playbookId: "p", targetId: "a" }), { atMs: MINUTE, via: "manual" })).toBe("admitted");
  });
});

describe("blast radius", () => {
  const members = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);
  const working = (count: number) =>
    members(count).map((id) => matched({ runId: id, atMs: 0, target: { kind: "agent", id } }));
  const inGroup = (size: number, healthy = size) => ({
    atMs: 1,
    target: { kind: "agent", id: `m${size - 1}` } as const,
    members: [{ agentId: `m${size - 1}`, group: { name: "g", members: members(size), healthy: members(healthy) } }],
  });

  it("is one member of a small group", () => {
    expect(answer([], inGroup(4, 0))).toBe("admitted");
    expect(answer(working(1), inGroup(4))).toBe("blast_radius");
  });

  it("is a fifth of a larger one, rounded down, and at least one", () => {
    expect(answer(working(1), inGroup(9))).toBe("blast_radius");
    expect(answer(working(1), inGroup(10))).toBe("admitted");
    expect(answer(working(2), inGroup(10))).toBe("blast_radius");
    expect(answer(working(2), inGroup(10), { groupShare: 0.3 })).toBe("admitted");
    expect(answer(working(1), inGroup(9), { groupShare: 0.3 })).toBe("admitted");
    expect(answer(working(1), inGroup(9), { groupShare: 0.3, groupFrom: 10 })).toBe("blast_radius");
  });

  it("is nothing while fewer than 51 % of the others are healthy", () => {
    expect(answer([], inGroup(9, 5))).toBe("admitted");
    expect(answer([], inGroup(9, 4))).toBe("blast_radius");
    expect(answer([], inGroup(9, 4), { groupHealthyShare: 0.5 })).toBe("admitted");
  });

  it("counts every agent that a run works on, be its target the whole host", () => {
    const host = { kind: "host", id: "local" } as const;
    const ending = matched({ runId: "r", atMs: 0, target: host, agents: ["m0", "m1"] });
    expect(answer([ending], inGroup(5))).toBe("blast_radius");
    expect(answer([ending], { ...inGroup(5), members: [] })).toBe("admitted");
    const list = { ...inGroup(9, 5), target: host };
    const ill = { name: "ill", members: members(5), healthy: [] };
    expect(answer([], list)).toBe("admitted");
    expect(answer([], { ...list, members: [...list.members, { agentId: "m0", group: ill }] })).toBe("blast_radius");
  });

  it("binds a person too", () => {
    expect(answer([], { ...inGroup(9, 4), via: "manual" })).toBe("blast_radius");
  });
});

describe("loops", () => {
  it("stop a playbook's fourth run that follows from one root", () => {
    const events = [0, 1, 2].flatMap((index) => {
      const like = { runId: `r${index}`, atMs: index, root: "x", target: { kind: "agent", id: `b${index}` } as const };
      return [matched(like), settled(like, "fixed")];
    });
    expect(answer(events, { atMs: 9, correlationId: "x" })).toBe("loop_stopped");
    expect(answer(events, { atMs: 9, correlationId: "x" }, { loopRuns: 4 })).toBe("admitted");
    expect(answer(events, { atMs: 9, correlationId: "y" })).toBe("admitted");
    expect(answer(events.slice(0, 4), { atMs: 9, correlationId: "x" })).toBe("admitted");
    expect(answer([], { atMs: 9, correlationId: "x" }, { loopRuns: 1 })).toBe("admitted");
  });
});

describe("a playbook's breaker", () => {
  it("keeps it from acting while it is open, and says until when", () => {
    const breaker = { state: "open", failures: 3, untilMs: HOUR } as const;
    expect(ask([], { atMs: MINUTE, breaker })).toMatchObject({
      reason: "breaker",
      detail: "it failed 3 times in a row",
      untilMs: HOUR,
    });
    expect(answer([], { atMs: MINUTE, breaker, via: "manual" })).toBe("admitted");
  });

  it("lets one run through while it is half open", () => {
    const breaker = { state: "half_open", failures: 3 } as const;
    expect(answer([], { atMs: MINUTE, breaker })).toBe("admitted");
    const probing = matched({ runId: "probe", atMs: 1, target: { kind: "agent", id: "z" } });
    expect(answer([probing], { atMs: MINUTE, breaker })).toBe("breaker");
  });
});

describe("storm", () => {
  const burst = (count: number, fromMs = 0, everyMs = 100) =>
    Array.from({ length: count }, (_, index) => suppressed({ runId: `s${index}`, atMs: fromMs + index * everyMs }));

  it("begins at 100 matches within a minute", () => {
    expect(stormChange(fold(burst(100)), { atMs: 10_000 }, defaults)?.kind).toBe("enter");
    expect(stormChange(fold(burst(99)), { atMs: 10_000 }, defaults)).toBeUndefined();
    expect(stormChange(fold(burst(99)), { atMs: 10_000 }, { ...defaults, stormPerMinute: 99 })?.kind).toBe("enter");
    expect(stormChange(fold(burst(100)), { atMs: 75_000 }, defaults)).toBeUndefined();
  });

  it("begins when two fifths of a group of five are struck", () => {
    const group = { name: "g", members: ["a", "b", "c", "d", "e"], healthy: [] };
    const strike = (ids: readonly string[]) =>
      fold(ids.map((id, index) => suppressed({ runId: id, atMs: index, target: { kind: "agent", id } })));
    expect(stormChange(strike(["a", "b"]), { atMs: 10, group }, defaults)?.kind).toBe("enter");
    expect(stormChange(strike(["a"]), { atMs: 10, group }, defaults)).toBeUndefined();
    expect(stormChange(strike(["a", "b"]), { atMs: 2 * MINUTE, group }, defaults)).toBeUndefined();
    expect(stormChange(strike(["a", "b"]), { atMs: 10, group }, { ...defaults, stormGroupShare: 0.6 })).toBeUndefined();
  });

  it("lets only P0 act", () => {
    expect(answer([storm("entered", 0)], { atMs: 1 })).toBe("storm");
    expect(answer([storm("entered", 0)], { atMs: 1, priority: "P0" })).toBe("admitted");
    expect(answer([storm("entered", 0), storm("left", 1)], { atMs: 2 })).toBe("admitted");
  });

  it("ends after five quiet minutes, a little background notwithstanding", () => {
    const raging = [...burst(100), storm("entered", 10_000)];
    expect(stormChange(fold(raging), { atMs: 4 * MINUTE }, defaults)).toBeUndefined();
    const quiet = [storm("entered", 10_000)];
    expect(stormChange(fold(quiet), { atMs: 10_000 + 5 * MINUTE - 1 }, defaults)).toBeUndefined();
    expect(stormChange(fold(quiet), { atMs: 10_000 + 5 * MINUTE }, defaults)?.kind).toBe("leave");
    expect(stormChange(fold(raging), { atMs: 7 * MINUTE }, defaults)?.kind).toBe("leave");
    expect(stormChange(fold([...raging, ...burst(20, 5 * MINUTE)]), { atMs: 7 * MINUTE }, defaults)?.kind).toBe(
      "leave",
    );
    expect(stormChange(fold([...raging, ...burst(60, 5 * MINUTE)]), { atMs: 7 * MINUTE }, defaults)).toBeUndefined();
    expect(stormChange(fold(raging), { atMs: 3 * MINUTE }, { ...defaults, stormQuietMs: MINUTE })?.kind).toBe("leave");
  });

  it("is measured in bounded memory", () => {
    const { matches } = fold(burst(5_000, 0, 1000));
    expect(matches.seconds.length).toBeLessThanOrEqual(61);
    expect(matches.minutes.length).toBeLessThanOrEqual(61);
  });
});

describe("pause", () => {
  it("admits nothing, not even P0 or a person", () => {
    expect(answer([], { atMs: 1, paused: true, priority: "P0" })).toBe("paused");
    expect(answer([], { atMs: 1, paused: true, via: "manual" })).toBe("paused");
  });
});

it("remembers after a restart exactly what it knew: the state is a fold of the journal", () => {
  const events = [...runs(3), ...run("x", 5, "not_fixed"), storm("entered", 9)];
  expect(fold(events)).toEqual(events.slice(4).reduce(evolveLimits, fold(events.slice(0, 4))));
});
