import { catalogue } from "../actions/index.ts";
import {
  type Answer,
  answer,
  type Called,
  type Circumstances,
  relapsedRun,
  runIdOf,
} from "../domain/playbook/answer.ts";
import { firstOfChains, headOf } from "../domain/playbook/chain.ts";
import type { Facts } from "../domain/playbook/facts.ts";
import type { Group } from "../domain/playbook/limits/admit.ts";
import type { LimitsSettings } from "../domain/playbook/limits/settings.ts";
import type { RiskSettings } from "../domain/playbook/risk.ts";
import type { Rule, RuleSet } from "../domain/playbook/rules.ts";
import { type AnyEvent, type Cause, type EventOf, is } from "../events/envelope.ts";
import type { Checkpointed, Snapshot } from "../kernel/checkpointed.ts";
import type { Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Hash } from "../kernel/hash.ts";
import type { Log } from "../kernel/log.ts";
import { listOf, objectOf, optional, row } from "../kernel/shape.ts";
import type { Target } from "../kernel/target.ts";
import { breakerOf } from "./breaker.ts";
import { ChainLinks, linkAfter, openLinks } from "./chain-links.ts";
import type { ActorHost } from "./host.ts";
import type { Insist } from "./insist.ts";
import { reactorNow } from "./reactor.ts";
import { answerTold, type Fix, linkCut, relapseTold } from "./remedy-telling.ts";

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
  /** The event of a sequence, as far as the journal still has it. */
  readonly eventAt: (sequence: number) => Promise<AnyEvent | undefined>;
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

// A checkpoint of an engine without chains has none that is open.
const saved = objectOf({ fixes: listOf(row<Fix>()), links: optional(openLinks) });

/** The next playbook of a chain and the event that the chain began with, or why it ends here. */
type Next =
  | { readonly kind: "goes on"; readonly rule: Rule; readonly event: AnyEvent }
  | { readonly kind: "cut"; readonly detail: string };

/** A chain that could not go on for longer than this is a person's: what it was begun for may be over. */
const LINK_MS = 600_000;

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
  readonly #links = new ChainLinks();
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
    return { fixes: this.#fixes, links: this.#links.snapshot() };
  }

  restore(value: unknown): void {
    const { fixes, links = [] } = saved(value, this.name);
    this.#fixes = fixes;
    this.#links.restore(links);
  }

  /** Remembers verified fixes for the relapse watch until they are known to have relapsed; replay and live alike. */
  note(event: AnyEvent): void {
    this.#links.note(event);
    if (is(event, "playbook.relapsed")) this.#fixes = this.#fixes.filter(({ runId }) => runId !== event.data.runId);
    if (!is(event, "playbook.settled") || event.data.outcome !== "fixed" || event.data.rehearsed) return;
    const { runId, playbookId, target, settleMs } = event.data;
    const about = { runId, playbookId, head: headOf(event.data), target };
    const fix: Fix = { ...about, settledAtMs: event.at, settleMs, settled: event as Fix["settled"] };
    this.#fixes = [...this.#fixes.slice(-FIXES_KEPT), fix];
  }

  /** Takes up chains that an engine before left between two of their runs. */
  resume(): void {
    for (const settled of this.#links.open()) this.consider(settled);
  }

  /** Considers an event in its turn. Cheap for events that no playbook listens to. */
  consider(event: AnyEvent): void {
    const settled = this.#links.take(event);
    if (settled !== undefined) this.#inTurn(event, () => this.#follow(settled));
    const called = this.called(event);
    if (called.length > 0) this.#inTurn(event, () => this.#answer(event, called));
  }

  #inTurn(event: AnyEvent, answered: () => Promise<void>): void {
    this.#waiting++;
    this.#queue = this.#queue
      .then(answered)
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
    for (const rule of firstOfChains(
      listening.filter((one) => one.matches(known)),
      this.#rules.find,
    ))
      called.push({ rule, via: "trigger", why: rule.explain(known).why });
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

  async #answer(event: AnyEvent, called: readonly Called[], cause: Cause = event): Promise<void> {
    const circumstances = await this.#circumstances(event, called);
    for (const one of answer(circumstances)) {
      await this.#tellRelapse(one, event);
      await this.#deps.insist(() => answerTold(one, event, cause));
    }
  }

  /** Goes on with the next playbook of a chain, about the event that the chain began with, or says why it ends here. */
  async #follow(settled: EventOf<"playbook.settled">): Promise<void> {
    const { hash, insist } = this.#deps;
    const link = linkAfter(settled);
    const next = await this.#nextAfter(settled);
    if (next.kind === "goes on") {
      const why = [`${settled.data.playbookId} (${settled.data.runId}) did not verifiably help`];
      return this.#answer(next.event, [{ rule: next.rule, via: "chain", why, link }], settled);
    }
    const playbookId = settled.data.next ?? "";
    const runId = runIdOf(settled.id, playbookId, hash);
    await insist(() => linkCut(settled, { runId, playbookId, after: [...link.after], detail: next.detail }));
  }

  async #nextAfter({ at, data: { next = "", trigger } }: EventOf<"playbook.settled">): Promise<Next> {
    const rule = this.#rules.find(next);
    if (rule === undefined) return { kind: "cut", detail: "there is no such playbook any more" };
    if (!this.isEnabled(next)) return { kind: "cut", detail: "it is disabled" };
    const waitedMs = this.#deps.clock.now() - at;
    if (waitedMs > LINK_MS)
      return { kind: "cut", detail: `the run before ended ${Math.round(waitedMs / 60_000)} minutes ago` };
    const event = await this.#deps.eventAt(trigger.sequence);
    if (event?.id === trigger.id) return { kind: "goes on", rule, event };
    return { kind: "cut", detail: "the event that it is about is no longer in the journal" };
  }

  async #circumstances(event: AnyEvent, called: readonly Called[]): Promise<Circumstances> {
    const deps = this.#deps;
    const now = reactorNow(deps.host);
    const { host: _h, insist: _i, eventAt: _e, clock, factsOf, limits, risk, killSwitch: _k, ...rest } = deps;
    return {
      ...rest,
      event,
      facts: factsOf(event),
      // What a person gave is meant for the playbook that the person started.
      ...(is(event, "playbook.run_requested") && called.every(({ link }) => link === undefined)
        ? { parameters: event.data.parameters }
        : {}),
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
    if (fix !== undefined) await this.#deps.insist(() => relapseTold(fix, event));
  }
}
