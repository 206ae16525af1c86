import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { PlanRefusal } from "../../../src/domain/playbook/catalogue.ts";
import type { SuppressReason } from "../../../src/domain/playbook/limits/admit.ts";
import type { AnyEvent } from "../../../src/events/envelope.ts";
import type { EventChoice } from "../../../src/http/shapes/remedy.ts";
import type { ConfigInput } from "../../../src/index.ts";
import type { Json } from "../../../src/kernel/json.ts";
import { approvalsDoor } from "../../../src/runtime/doors/approvals-door.ts";
import { pauseDoor } from "../../../src/runtime/doors/pause-door.ts";
import { playbooksDoor } from "../../../src/runtime/doors/playbooks-door.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const me = { role: "operator", id: "me" } as const;
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

type Members = Readonly<Record<string, unknown>>;
type Data = Readonly<Record<string, Json>>;
type Cause = PlanRefusal | SuppressReason | "none" | "observing" | "precheck";

/** What keeps a playbook from acting: how it comes about with any playbook. */
interface Arranged {
  readonly changes?: (shipped: Shipped) => Members;
  readonly others?: readonly object[];
  readonly limits?: Members;
  readonly mode?: "observe";
  readonly before?: (engine: VirtualEngine, call: () => Promise<AnyEvent>) => Promise<unknown>;
  /** What follows from what is told of the event itself: the dry run is one on that event. */
  readonly onSameEvent?: true;
}

/** A playbook of the library, called by an event of the test's own with the data of its own example. */
interface Shipped extends Members {
  readonly id: string;
  readonly actions: readonly object[];
}

/** Put before a playbook's own actions, so that it is judged first. */
const first = (action: object) => (shipped: Shipped) => ({ actions: [action, ...shipped.actions] });
const noise = {
  id: "noise",
  trigger: { event_type: "noise.made" },
  target: { kind: "upstream", id: "noise" },
  actions: [{ type: "set_concurrency", params: { target: "b", concurrency: 2 } }],
  validation: { check: "agent_healthy", params: { target: "b" }, settleMs: 60_000 },
  grants: ["agent.control:b"],
  tests: [{ event: { type: "noise.made" }, expect: "match" }],
};
const noisy = { others: [noise], before: (engine: VirtualEngine) => engine.publish({ type: "noise.made", data: {} }) };
const failing = () => ({
  validation: { check: "http_ok", params: { url: "http://upstream/" }, settleMs: 0, intervalMs: 10, probes: 1 },
});
const restless = () => ({ ...failing(), cooldownMs: 0 });

async function ranOnce(engine: VirtualEngine, call: () => Promise<AnyEvent>): Promise<void> {
  await call();
  for (const { id } of engine.runtime.views.approvals.waiting())
    await approvalsDoor(engine.runtime).decide(id, "approved", {}, me);
  await engine.pass(QUARTER_MS);
  expect(engine.told("playbook.settled")).toHaveLength(1);
}

/** Every reason there is: one more does not compile without its line here. */
const causes: Readonly<Record<Cause, Arranged | "at load">> = {
  none: {},
  observing: { mode: "observe" },
  precheck: { changes: () => ({ prechecks: [{ check: "agent_healthy", params: { target: "nobody" } }] }) },
  params: {
    changes: first({ type: "set_concurrency", params: { target: "a", concurrency: { $ref: "event.type" } } }),
  },
  reference: { changes: first({ type: "notify", params: { text: { $ref: "failure.message" } } }) },
  target: { changes: () => ({ target: { kind: "agent", id: { $ref: "event.data" } } }) },
  grant: {
    changes: first({ type: "run_agent", params: { target: { $ref: "event.type" } } }),
  },
  forbidden: { changes: () => ({ risk: "forbidden" }) },
  nothing_selected: {
    changes: first({ type: "kill_process", params: { target: "idle_agents" } }),
  },
  too_many_targets: {
    changes: (shipped) => ({
      ...first({ type: "kill_process", params: { target: ["a", "b"] } })(shipped),
      maxTargets: 1,
    }),
  },
  unknown_kind: "at load",
  paused: { before: (engine) => pauseDoor(engine.runtime).set("a look at it", me) },
  coalesced: { changes: () => ({ risk: "medium" }), before: (_, call) => call() },
  storm: { ...noisy, limits: { stormPerMinute: 1 } },
  loop_stopped: { before: ranOnce, limits: { loopRuns: 1 }, changes: restless, onSameEvent: true },
  breaker: { before: ranOnce, limits: { breakerFailures: 1 }, changes: restless },
  cooldown: { before: ranOnce, changes: () => ({ ...failing(), cooldownMs: DAY_MS }) },
  limit_target: { before: ranOnce, changes: restless, limits: { targetPerHour: 1 } },
  limit_playbook: { before: ranOnce, changes: restless, limits: { playbookPerHour: 1 } },
  limit_global: { before: ranOnce, changes: restless, limits: { allPerHour: 1, reserveP0: 0 } },
  blast_radius: {
    ...noisy,
    changes: first({ type: "set_concurrency", params: { target: "a", concurrency: 3 } }),
  },
};

const folder = path.resolve("playbooks");
const shipped: readonly Shipped[] = readdirSync(folder)
  .filter((name) => name.endsWith(".json") && !name.endsWith(".tests.json"))
  .map((name) => JSON.parse(readFileSync(path.join(folder, name), "utf8")) as Shipped);

/** The data of a playbook's own example; the seed's file carries none. */
function dataOf({ tests }: Members): Data {
  const examples = (tests ?? []) as readonly { readonly event: { readonly data?: Data }; readonly expect: string }[];
  return examples.find((example) => example.expect === "match")?.event.data ?? { resource: "cpu", value: 99 };
}

/** The playbook with its own actions, risk and validation, and what a cause changes of it. */
function called(one: Shipped, changes: Arranged["changes"]): Members {
  const { next: _, ...shippedAs } = one;
  const own = (one["grants"] ?? []) as readonly string[];
  const plain: Shipped = {
    ...shippedAs,
    id: one.id,
    priority: "P2",
    trigger: { event_type: "probe.sent" },
    // No watch of the test's world stands behind a pre-check, and no agent of it has a process of its own.
    prechecks: [],
    actions: one.actions.map((action) =>
      "target" in action ? { ...action, target: targetOf(action.target) } : action,
    ),
    grants: [
      ...own.map((grant) => grant.replace(":watched", ":/**")),
      "process.signal:own",
      "agent.control:*",
      "notify:log",
    ],
    tests: [{ event: { type: "probe.sent" }, expect: "match" }],
  };
  return { ...plain, ...changes?.(plain) };
}

function targetOf(target: unknown): unknown {
  return target === "idle_agents" ? ["a"] : target;
}

interface Verdict {
  readonly verdict: string;
  readonly reason: string;
  readonly planHash: string | undefined;
}

/** What became of an event. */
async function liveVerdict(engine: VirtualEngine, event: AnyEvent, playbookId: string): Promise<Verdict> {
  const isIts = ({ data }: { data: { trigger: { id: string }; playbookId: string } }) =>
    data.trigger.id === event.id && data.playbookId === playbookId;
  const held = engine.told("playbook.suppressed").find(isIts)?.data;
  if (held !== undefined)
    return { verdict: "suppressed", reason: `${held.reason}: ${held.detail}`, planHash: held.planHash };
  const matched = engine.told("playbook.matched").find(isIts)?.data;
  if (matched === undefined) {
    const refused = engine.told("playbook.settled").find(isIts)?.data;
    return { verdict: refused?.outcome ?? "nothing", reason: refused?.reason ?? "", planHash: undefined };
  }
  const { runId, planHash, plan } = matched;
  for (const { id } of engine.runtime.views.approvals.waiting())
    await approvalsDoor(engine.runtime).decide(id, "approved", {}, me);
  await engine.pass(QUARTER_MS);
  const prechecked = engine.told("run.prechecked").find(({ data }) => data.runId === runId)?.data;
  const failed = prechecked?.checks.filter(({ ok }) => ok !== true) ?? [];
  if (failed.length > 0) {
    const reason = failed.map(({ check, detail }) => `pre-check ${check} does not hold: ${detail}`).join("; ");
    return { verdict: "refused", reason, planHash };
  }
  // A step that never began was kept from its effect; one that began and failed did try.
  const began = new Set(engine.told("run.step_started").map(({ data }) => data.key));
  const kept = engine
    .told("run.step_completed")
    .filter(({ data }) => data.runId === runId && !data.ok && !began.has(data.key))
    .map(({ data }) => `${data.action}: ${data.detail}`);
  if (kept.length > 0) return { verdict: "refused", reason: kept.join("; "), planHash };
  return { verdict: plan.needsApproval ? "would_ask" : "would_act", reason: "", planHash };
}

const lines = Object.entries(causes) as readonly (readonly [Cause, Arranged | "at load"])[];
const atWork = lines.flatMap(([cause, arranged]) => (arranged === "at load" ? [] : [{ cause, arranged }]));

describe("a reason that is found when a playbook is read", () => {
  it.each(lines.filter(([, arranged]) => arranged === "at load"))("never comes to a run: %s", async () => {
    const bad = called(shipped[0] as Shipped, first({ type: "no_such_kind" }));
    await expect(VirtualEngine.open({ playbooks: [bad] })).rejects.toThrow('unknown action "no_such_kind"');
  });
});

describe.each(atWork)("a dry run, where the reason is $cause,", ({ cause, arranged }) => {
  it("refuses if and only if the live run does, in its words and with its plan, for every playbook that ships", {
    timeout: 120_000,
  }, async () => {
    const apart: unknown[] = [];
    let acting = 0;
    for (const one of shipped) {
      const { live, dry } = await both(one, arranged);
      const acts = dry.verdict.startsWith("would");
      if (acts) acting++;
      if (acts ? live.verdict !== dry.verdict || live.planHash !== dry.planHash : !same(live, dry))
        apart.push({ playbook: one.id, live, dry });
      if (!dry.reason.startsWith(wordsOf(cause))) apart.push({ playbook: one.id, dry });
    }
    expect(apart).toEqual([]);
    // Where nothing speaks against them, most must have come to a plan, or nothing was compared.
    expect(cause === "none" ? acting > shipped.length / 2 : acting === 0).toBe(true);
  });
});

/** How the reason is told; a playbook that nothing speaks against has another one each. */
function wordsOf(cause: Cause): string {
  if (cause === "none") return "";
  return cause === "precheck" ? "pre-check agent_healthy does not hold: " : `${cause}: `;
}

function same(live: Verdict, dry: Verdict): boolean {
  return live.verdict === dry.verdict && live.reason === dry.reason && live.planHash === dry.planHash;
}

async function both(one: Shipped, arranged: Arranged): Promise<{ readonly live: Verdict; readonly dry: Verdict }> {
  const config: ConfigInput = {
    reactor: {
      mode: arranged.mode ?? "live",
      limits: { cooldownCapMs: DAY_MS, ...arranged.limits },
    },
  };
  const engine = await VirtualEngine.open({
    playbooks: [called(one, arranged.changes), ...(arranged.others ?? [])],
    config,
  });
  engine.world.web = () => ({ status: 503, headers: {}, body: "" });
  for (const id of ["a", "b"])
    await engine.agent(id, { group: "twins", config: { model: "big", fallbackModel: "small" } });
  const data = dataOf(one);
  let root: AnyEvent | undefined;
  const call = async (): Promise<AnyEvent> => {
    const draft = { type: "probe.sent", data, ...(root === undefined ? {} : { cause: root }) };
    const { sequence } = await engine.publish(draft);
    const event = await engine.runtime.bus.eventAt(sequence);
    if (event === undefined) throw new Error("the event is gone");
    root ??= event;
    return event;
  };
  await arranged.before?.(engine, call);
  const dryRun = async (choice: EventChoice): Promise<Verdict> => {
    const { verdict, reason, planHash } = await playbooksDoor(engine.runtime).dryRun(one.id, choice, me);
    return { verdict, reason, planHash };
  };
  if (arranged.onSameEvent === true) {
    const event = await call();
    const live = await liveVerdict(engine, event, one.id);
    return { live, dry: await dryRun({ sequence: event.sequence }) };
  }
  const before = engine.events.length;
  const dry = await dryRun({ event: { type: "probe.sent", data } });
  expect(engine.events).toHaveLength(before);
  const live = await liveVerdict(engine, await call(), one.id);
  await engine.kill();
  return { live, dry };
}
