import type { EventData } from "../../../../src/events/catalog.ts";
import { type AnyEvent, stamp } from "../../../../src/events/envelope.ts";
import type { Outcome } from "../../../../src/events/vocabulary.ts";
import type { Target } from "../../../../src/kernel/target.ts";
import { facts } from "../../../support/story.ts";

export interface RunLike {
  readonly runId: string;
  readonly atMs: number;
  readonly playbookId?: string;
  readonly target?: Target;
  readonly root?: string;
  readonly priority?: "P0" | "P2";
  readonly fingerprint?: string;
  /** Whom its one step works on. */
  readonly agents?: readonly string[];
}

function subject({ runId, atMs, playbookId = "p", target = { kind: "agent", id: "a" }, fingerprint }: RunLike) {
  const trigger = { id: "t", sequence: 1, type: "resource.high", at: atMs };
  return { runId, playbookId, target, trigger, ...(fingerprint === undefined ? {} : { fingerprint }) };
}

function event(type: string, atMs: number, data: Readonly<Record<string, unknown>>, root = "root"): AnyEvent {
  return {
    specversion: "1.0",
    id: `${type}-${atMs}`,
    source: "/aios",
    type,
    datacontenttype: "application/json",
    sequence: 1,
    severity: "info",
    principal: "engine",
    correlationid: root,
    depth: 0,
    data,
    ...stamp(atMs),
  };
}

export function matched(run: RunLike, mode: "observe" | "live" = "live"): AnyEvent {
  const step = facts
    .matched("")
    .plan.steps.slice(0, 1)
    .map((one) => ({ ...one, agents: [...(run.agents ?? [])] }));
  const data: EventData<"playbook.matched"> = {
    ...subject(run),
    plan: { ...facts.matched("").plan, steps: step },
    via: "trigger",
    mode,
    priority: run.priority ?? "P2",
    planHash: "h",
    targetVersion: "1",
    why: [],
    approvalExpiresAtMs: 0,
  };
  return event("playbook.matched", run.atMs, data, run.root ?? `root of ${run.runId}`);
}

export function suppressed(run: RunLike): AnyEvent {
  const data: EventData<"playbook.suppressed"> = { ...subject(run), reason: "cooldown", detail: "" };
  return event("playbook.suppressed", run.atMs, data);
}

export function settled(run: RunLike, outcome: Outcome, rehearsed = false): AnyEvent {
  const data: EventData<"playbook.settled"> = {
    ...subject(run),
    outcome,
    rollback: "none",
    reason: "",
    via: "trigger",
    rehearsed,
    residue: [],
    settleMs: 0,
  };
  return event("playbook.settled", run.atMs, data);
}

export function relapsed(run: RunLike): AnyEvent {
  const { trigger: _, ...about } = subject(run);
  const data: EventData<"playbook.relapsed"> = { ...about, again: "e" };
  return event("playbook.relapsed", run.atMs, data);
}

export function storm(kind: "entered" | "left", atMs: number): AnyEvent {
  return event(`reactor.storm_${kind}`, atMs, kind === "entered" ? { reason: "" } : { quietMs: 1 });
}
