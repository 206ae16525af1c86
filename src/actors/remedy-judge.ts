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
import type { Decided } from "../events/types/playbook.ts";
import type { Checkpointed, Snapshot } from "../kernel/checkpointed.ts";
import type { Hash } from "../kernel/hash.ts";
import { listOf, objectOf, optional, row } from "../kernel/shape.ts";
import type { Target } from "../kernel/target.ts";
import { breakerOf } from "./breaker.ts";
import { ChainLinks, linkAfter, openLinks } from "./chain-links.ts";
import type { ActorHost } from "./host.ts";
import { reactorNow } from "./reactor.ts";
import { answerTold, type Fix, linkCut, relapseTold, type Telling } from "./remedy-telling.ts";

export interface JudgeDeps {
  readonly host: ActorHost;
  readonly hash: Hash;
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
  /** Whether a run of this id was ever begun. */
  readonly hasBegun: (runId: string) => boolean;
}

/** What a decision depends on beside the events before it. */
export interface Moment {
  readonly atMs: number;
  /** The kill switch is pulled as a file, whatever the journal says. */
  readonly pulled: boolean;
}

/** So many fixes are watched for a relapse. */
const FIXES_KEPT = 200;

// A checkpoint of an engine without chains has none that is open.
const saved = objectOf({ fixes: listOf(row<Fix>()), links: optional(openLinks) });

type Settled = EventOf<"playbook.settled">;

/** The next playbook of a chain and the event that the chain began with, or why it ends here. */
type Next =
  | { readonly kind: "goes on"; readonly rule: Rule; readonly event: AnyEvent }
  | { readonly kind: "cut"; readonly detail: string };

/** A chain that could not go on for longer than this is a person's: what it was begun for may be over. */
const LINK_MS = 600_000;

/**
 * Which playbooks an event calls for, and what is answered. A function of the events it noted, its rules and the moment:
 * whoever tells it the same gets the same decisions, in an engine that lives or in a replay of its journal.
 */
export class RemedyJudge implements Checkpointed {
  readonly name = "remedies";
  readonly version = 1;
  readonly #deps: JudgeDeps;
  readonly #links = new ChainLinks();
  #rules: RuleSet;
  #fixes: readonly Fix[] = [];
  /** The last event that everything it looks at has heard. */
  #noted = 0;

  constructor(deps: JudgeDeps, rules: RuleSet) {
    this.#deps = deps;
    this.#rules = rules;
  }

  get rules(): RuleSet {
    return this.#rules;
  }

  get noted(): number {
    return this.#noted;
  }

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

  /** Remembers verified fixes for the relapse watch until they are known to have relapsed. Told after everybody else. */
  note(event: AnyEvent): void {
    this.#noted = event.sequence;
    this.#links.note(event);
    if (is(event, "playbook.relapsed")) this.#fixes = this.#fixes.filter(({ runId }) => runId !== event.data.runId);
    if (!is(event, "playbook.settled") || event.data.outcome !== "fixed" || event.data.rehearsed) return;
    const { runId, playbookId, target, settleMs } = event.data;
    const about = { runId, playbookId, head: headOf(event.data), target };
    const fix: Fix = { ...about, settledAtMs: event.at, settleMs, settled: event as Fix["settled"] };
    this.#fixes = [...this.#fixes.slice(-FIXES_KEPT), fix];
  }

  /** Runs of chains that ended without help and wait for what follows, oldest first. */
  open(): readonly AnyEvent[] {
    return this.#links.open();
  }

  /** The run of a chain that ended with this event and is to be followed; each is given once. */
  take(event: AnyEvent): Settled | undefined {
    return this.#links.take(event);
  }

  /** The playbooks an event calls for: by their triggers, and by a proven lesson about its failure. */
  called(event: AnyEvent, facts?: Facts): readonly Called[] {
    if (is(event, "playbook.run_requested")) {
      const rule = this.#rules.find(event.data.playbookId);
      return rule === undefined ? [] : [{ rule, via: "manual", why: [`${event.data.by} started it`] }];
    }
    const listening = this.#rules.candidates(event).filter((rule) => this.isEnabled(rule.playbook.id));
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

  isEnabled(playbookId: string): boolean {
    const switched = reactorNow(this.#deps.host).context.switched.get(playbookId);
    return switched ?? this.#rules.find(playbookId)?.playbook.enabled ?? false;
  }

  /** What the answers are now; nothing follows from it. */
  answers(event: AnyEvent, called: readonly Called[], moment: Moment): readonly Answer[] {
    return answer(this.#circumstances(event, called, moment));
  }

  /**
   * What the answers are now, as events in the order in which they are told. An event that has its run already, and is
   * considered again after a crash, has no others.
   *
   * @param calledAfter the last event that was known when the playbooks were called
   */
  tellings(event: AnyEvent, called: readonly Called[], moment: Moment, calledAfter: number): readonly Telling[] {
    const { hash, hasBegun } = this.#deps;
    if (called.some(({ rule }) => hasBegun(runIdOf(event.id, rule.playbook.id, hash)))) return [];
    const late = calledAfter === event.sequence ? {} : { calledAfter };
    return this.#tellings(event, called, moment, { cause: event, decided: { ...this.#decided(moment), ...late } });
  }

  /**
   * Goes on with the next playbook of a chain, about the event that the chain began with, or says why it ends here.
   *
   * @param event that one, as far as the journal still has it
   */
  following(settled: Settled, event: AnyEvent | undefined, moment: Moment): readonly Telling[] {
    const link = linkAfter(settled);
    const next = this.#nextAfter(settled, event, moment);
    const decided = this.#decided(moment);
    if (next.kind === "goes on") {
      const why = [`${settled.data.playbookId} (${settled.data.runId}) did not verifiably help`];
      const called = [{ rule: next.rule, via: "chain", why, link }] as const;
      return this.#tellings(next.event, called, moment, { cause: settled, decided });
    }
    const playbookId = settled.data.next ?? "";
    const runId = runIdOf(settled.id, playbookId, this.#deps.hash);
    return [linkCut(settled, { runId, playbookId, after: [...link.after], detail: next.detail }, decided)];
  }

  #nextAfter({ at, data: { next = "", trigger } }: Settled, event: AnyEvent | undefined, { atMs }: Moment): Next {
    const rule = this.#rules.find(next);
    if (rule === undefined) return { kind: "cut", detail: "there is no such playbook any more" };
    if (!this.isEnabled(next)) return { kind: "cut", detail: "it is disabled" };
    const waitedMs = atMs - at;
    if (waitedMs > LINK_MS)
      return { kind: "cut", detail: `the run before ended ${Math.round(waitedMs / 60_000)} minutes ago` };
    if (event?.id === trigger.id) return { kind: "goes on", rule, event };
    return { kind: "cut", detail: "the event that it is about is no longer in the journal" };
  }

  #decided({ atMs, pulled }: Moment): Decided {
    return { after: this.#noted, at: atMs, ...(pulled ? { pulled } : {}) };
  }

  #tellings(
    event: AnyEvent,
    called: readonly Called[],
    moment: Moment,
    { cause, decided }: { readonly cause: Cause; readonly decided: Decided },
  ): readonly Telling[] {
    return this.answers(event, called, moment).flatMap((one) => {
      const fix = this.#relapsed(one, event);
      return [...(fix === undefined ? [] : [relapseTold(fix, event)]), answerTold(one, event, cause, decided)];
    });
  }

  #circumstances(event: AnyEvent, called: readonly Called[], { atMs, pulled }: Moment): Circumstances {
    const { host, factsOf, limits, risk, hasBegun: _, ...rest } = this.#deps;
    const now = reactorNow(host);
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
      paused: now.paused || pulled,
      limits: now.context.limits,
      record: now.context.record,
      limitsSettings: limits,
      riskSettings: risk,
      catalogue: this.#rules.catalogue,
      breakerOf: (playbookId) => breakerOf(host, playbookId),
      nowMs: atMs,
    };
  }

  /** The verified fix that the event shows to have been none. */
  #relapsed(one: Answer, event: AnyEvent): Fix | undefined {
    const { playbookId, target } =
      one.kind === "run" ? one.order : { playbookId: one.rule.playbook.id, target: one.target };
    const runId = relapsedRun(this.#fixes, { playbookId, target, atMs: event.at }, this.#deps.limits.relapseFactor);
    return this.#fixes.find((known) => known.runId === runId);
  }
}
