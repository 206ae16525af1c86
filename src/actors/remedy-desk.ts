import { catalogue } from "../actions/index.ts";
import { type Answer, answer, type Called, type Circumstances, relapsedRun } from "../domain/playbook/answer.ts";
import type { Facts } from "../domain/playbook/facts.ts";
import type { Group } from "../domain/playbook/limits/admit.ts";
import type { LimitsSettings } from "../domain/playbook/limits/settings.ts";
import type { RiskSettings } from "../domain/playbook/risk.ts";
import type { RuleSet } from "../domain/playbook/rules.ts";
import { type AnyEvent, is } from "../events/envelope.ts";
import type { Checkpointed, Snapshot } from "../kernel/checkpointed.ts";
import type { Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Hash } from "../kernel/hash.ts";
import type { Log } from "../kernel/log.ts";
import { listOf, objectOf, row } from "../kernel/shape.ts";
import type { Target } from "../kernel/target.ts";
import { breakerOf } from "./breaker.ts";
import type { ActorHost } from "./host.ts";
import type { Insist } from "./insist.ts";
import { reactorNow } from "./reactor.ts";

export interface RemedyDeps {
  readonly insist: Insist;
  readonly host: ActorHost;
  readonly clock: Clock;
  readonly hash: Hash;
  readonly log: Log;
  readonly limits: LimitsSettings;
  readonly risk: RiskSettings;
  readonly approvalMs: number;
  /** What conditions and references may look at, for an event that happened or is imagined. */
  readonly factsOf: (event: AnyEvent) => Facts;
  readonly idleAgents: () => readonly string[];
  readonly groupOf: (agentId: string) => Group | undefined;
  readonly versionOf: (target: Target) => string;
  /** What a fingerprint was called before: runs that were settled then speak for it too. */
  readonly formerly: (fingerprint: string) => readonly string[];
  /** True while the kill switch is pulled, whatever the journal says. */
  readonly killSwitch: () => Promise<boolean>;
}

/** How long after a fix of a run its relapse can still be told, at most; more than ten times any sensible settle delay. */
const FIXES_KEPT = 200;

interface Fix {
  readonly runId: string;
  readonly playbookId: string;
  readonly target: Target;
  readonly settledAtMs: number;
  readonly settleMs: number;
  readonly settled: Extract<AnyEvent, { type: "playbook.settled" }>;
}

/**
 * Answers events with remedies while the engine is live. Events are considered one after the other, so that two of them
 * can never both find a target unlocked.
 */
export class RemedyDesk implements Checkpointed {
  readonly name = "remedies";
  readonly version = 1;
  readonly #deps: RemedyDeps;
  #rules: RuleSet;
  #queue: Promise<void> = Promise.resolve();
  #fixes: readonly Fix[] = [];
  #waiting = 0;

  constructor(deps: RemedyDeps, rules: RuleSet) {
    this.#deps = deps;
    this.#rules = rules;
  }

  get rules(): RuleSet {
    return this.#rules;
  }

  /** Events that wait to be considered. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Swaps the whole rule set; what is being considered goes on with the old one. */
  adopt(rules: RuleSet): void {
    this.#rules = rules;
  }

  snapshot(): Snapshot {
    return { fixes: this.#fixes };
  }

  restore(value: unknown): void {
    this.#fixes = objectOf({ fixes: listOf(row<Fix>()) })(value, this.name).fixes;
  }

  /** Remembers verified fixes for the relapse watch until they are known to have relapsed; replay and live alike. */
  note(event: AnyEvent): void {
    if (is(event, "playbook.relapsed")) this.#fixes = this.#fixes.filter(({ runId }) => runId !== event.data.runId);
    if (!is(event, "playbook.settled") || event.data.outcome !== "fixed" || event.data.rehearsed) return;
    const { runId, playbookId, target, settleMs } = event.data;
    const fix: Fix = { runId, playbookId, target, settledAtMs: event.at, settleMs, settled: event as Fix["settled"] };
    this.#fixes = [...this.#fixes.slice(-FIXES_KEPT), fix];
  }

  /** Considers an event in its turn. Cheap for events that no playbook listens to. */
  consider(event: AnyEvent): void {
    const called = this.called(event);
    if (called.length === 0) return;
    this.#waiting++;
    this.#queue = this.#queue
      .then(() => this.#answer(event, called))
      .catch((failure: unknown) =>
        this.#deps.log.error("an event could not be answered", {
          sequence: event.sequence,
          failure: messageOf(failure),
        }),
      )
      .finally(() => this.#waiting--);
  }

  /** Resolves when everything considered so far is answered. */
  settled(): Promise<void> {
    return this.#queue;
  }

  /** The playbooks an event calls for: by their triggers, and by a proven lesson about its failure. */
  called(event: AnyEvent, facts?: Facts): readonly Called[] {
    if (is(event, "playbook.run_requested")) {
      const rule = this.#rules.find(event.data.playbookId);
      return rule === undefined ? [] : [{ rule, via: "manual", why: [`${event.data.by} started it`] }];
    }
    const listening = this.#rules.candidates(event.type).filter((rule) => this.isEnabled(rule.playbook.id));
    const remedy = is(event, "failure.observed") ? event.data.remedy : undefined;
    if (listening.length === 0 && remedy === undefined) return [];
    const known = facts ?? this.#deps.factsOf(event);
    const called: Called[] = [];
    for (const rule of listening) {
      if (rule.matches(known)) called.push({ rule, via: "trigger", why: rule.explain(known).why });
    }
    const taught = remedy === undefined ? undefined : this.#rules.find(remedy);
    if (taught !== undefined && this.isEnabled(taught.playbook.id) && !called.some(({ rule }) => rule === taught)) {
      const lesson = is(event, "failure.observed") ? `${event.data.lessonId ?? ""} (${event.data.level ?? ""})` : "";
      called.push({ rule: taught, via: "lesson", why: [`lesson ${lesson} knows this failure and its remedy`] });
    }
    return called;
  }

  /** Whether the kill switch is pulled, by whatever hand. */
  async isPaused(): Promise<boolean> {
    return reactorNow(this.#deps.host).paused || (await this.#deps.killSwitch());
  }

  /** Whether effects may begin now: neither paused, nor in a mode that only looks. */
  async mayAct(): Promise<boolean> {
    return reactorNow(this.#deps.host).mode === "live" && !(await this.isPaused());
  }

  isEnabled(playbookId: string): boolean {
    const switched = reactorNow(this.#deps.host).context.switched.get(playbookId);
    return switched ?? this.#rules.find(playbookId)?.playbook.enabled ?? false;
  }

  /** What the answers would be now; nothing follows from it. */
  async answers(event: AnyEvent, called: readonly Called[]): Promise<readonly Answer[]> {
    return answer(await this.#circumstances(event, called));
  }

  async #answer(event: AnyEvent, called: readonly Called[]): Promise<void> {
    const circumstances = await this.#circumstances(event, called);
    for (const one of answer(circumstances)) {
      await this.#tellRelapse(one, event);
      await this.#tell(one, event);
    }
  }

  async #circumstances(event: AnyEvent, called: readonly Called[]): Promise<Circumstances> {
    const deps = this.#deps;
    const now = reactorNow(deps.host);
    const { host: _h, insist: _i, clock, factsOf, limits, risk, killSwitch: _k, ...rest } = deps;
    return {
      ...rest,
      event,
      facts: factsOf(event),
      ...(is(event, "playbook.run_requested") ? { parameters: event.data.parameters } : {}),
      called,
      mode: now.mode,
      paused: await this.isPaused(),
      limits: now.context.limits,
      record: now.context.record,
      limitsSettings: limits,
      riskSettings: risk,
      catalogue,
      idleAgents: deps.idleAgents(),
      breakerOf: (playbookId) => breakerOf(deps.host, playbookId),
      nowMs: clock.now(),
    };
  }

  async #tellRelapse(one: Answer, event: AnyEvent): Promise<void> {
    const { playbookId, target } =
      one.kind === "run" ? one.order : { playbookId: one.rule.playbook.id, target: one.target };
    const runId = relapsedRun(this.#fixes, { playbookId, target, atMs: event.at });
    const fix = this.#fixes.find((known) => known.runId === runId);
    if (fix === undefined) return;
    const { fingerprint, lessonId, agentId } = fix.settled.data as {
      readonly fingerprint?: string;
      readonly lessonId?: string;
      readonly agentId?: string;
    };
    await this.#deps.insist(() => ({
      type: "playbook.relapsed",
      subject: `run/${fix.runId}`,
      cause: event,
      idempotencykey: `playbook.relapsed:${fix.runId}`,
      data: {
        runId: fix.runId,
        playbookId,
        target,
        again: event.id,
        ...(fingerprint === undefined ? {} : { fingerprint }),
        ...(lessonId === undefined ? {} : { lessonId }),
        ...(agentId === undefined ? {} : { agentId }),
      },
    }));
  }

  async #tell(one: Answer, event: AnyEvent): Promise<void> {
    const { insist } = this.#deps;
    const trigger = { id: event.id, sequence: event.sequence, type: event.type, at: event.at };
    switch (one.kind) {
      case "run":
        await insist(() => ({
          type: "playbook.matched",
          data: one.order,
          subject: `run/${one.order.runId}`,
          cause: event,
          idempotencykey: `react:${one.order.runId}`,
        }));
        return;
      case "suppressed": {
        const { runId, target, reason, detail, planHash, rule, agentId } = one;
        const plan = planHash === undefined ? {} : { planHash };
        const agent = agentId === undefined ? {} : { agentId };
        const data = { runId, playbookId: rule.playbook.id, target, trigger, reason, detail, ...agent, ...plan };
        await insist(() => ({
          type: "playbook.suppressed",
          data,
          subject: `run/${runId}`,
          cause: event,
          idempotencykey: `react:${runId}`,
        }));
        return;
      }
      case "refused": {
        const { runId, target, reason, rule, via, rehearsed } = one;
        const data = {
          runId,
          playbookId: rule.playbook.id,
          target,
          trigger,
          outcome: "refused",
          rollback: "none",
          reason,
          via,
          rehearsed,
          residue: [],
          settleMs: 0,
        } as const;
        await insist(() => ({
          type: "playbook.settled",
          data: { ...data, residue: [] },
          subject: `run/${runId}`,
          severity: "warning",
          cause: event,
          idempotencykey: `react:${runId}`,
        }));
      }
    }
  }
}
