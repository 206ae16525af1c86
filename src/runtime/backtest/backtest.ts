import type { Moment } from "../../actors/remedy-judge.ts";
import type { Telling } from "../../actors/remedy-telling.ts";
import type { RuleSet } from "../../domain/playbook/rules.ts";
import type { Publishable } from "../../events/bus.ts";
import { type AnyEvent, is } from "../../events/envelope.ts";
import type { RunOrder } from "../../events/types/playbook.ts";
import type { Entropy } from "../../kernel/entropy.ts";
import type { Hash } from "../../kernel/hash.ts";
import { Imagination } from "./imagined.ts";
import {
  type Answered,
  absenceKey,
  answeredBy,
  type DecidedAt,
  isAnswer,
  type RecordedDecisions,
  type Verdict,
} from "./record.ts";
import { ReplayClock } from "./replay-clock.ts";
import { type BacktestSettings, Stage } from "./stage.ts";

/** One event and one playbook: what was decided when it happened, and what these playbooks decide. */
export interface Comparison {
  readonly event: { readonly id: string; readonly sequence: number; readonly type: string; readonly atMs: number };
  readonly playbookId: string;
  readonly target: string;
  /** Absent where it was not called, or a better proven one went first. */
  readonly recorded?: Verdict;
  readonly replayed?: Verdict & { readonly asks?: true };
  /** Decided alike, with other work or on another target. */
  readonly otherwise?: true;
  /** The journal cannot tell what was decided: the engine ended at that time. */
  readonly cutOff?: true;
}

export interface BacktestDeps {
  readonly hash: Hash;
  readonly entropy: Entropy;
  readonly settings: BacktestSettings;
}

/** What waits to be decided: about an event, or what follows a run of a chain. */
interface Considered {
  /** The event that asks for it. */
  readonly event: AnyEvent;
  readonly calledAfter: number;
  readonly at: DecidedAt | undefined;
  readonly decide: (moment: Moment) => { readonly about: AnyEvent; readonly tellings: readonly Telling[] };
}

/** Types by which an engine tells what it does about a run: they hold only where the run is the same. */
const ofRuns = /^(?:run|approval)\.|^playbook\.(?:matched|suppressed|settled|executed|relapsed)$/;

/**
 * Decides once more about the events of a journal, with the engine's own code and at the very places of the journal where
 * it was decided. What happened is taken as it was; of what the reactor itself did, that is kept which is decided the same
 * way again. A run that did not happen has no outcome: it ends, as far as its limits are concerned, unverified when its
 * validation would have been over.
 */
export class Backtest {
  readonly #record: RecordedDecisions;
  readonly #stage: Stage;
  readonly #clock = new ReplayClock();
  readonly #imagination = new Imagination();
  readonly #awaits: ReadonlyMap<string, string>;
  readonly #rows = new Map<string, Comparison>();
  /** Runs and suppressions that are decided as they were. */
  readonly #same = new Set<string>();
  readonly #sameRelapses = new Set<string>();
  readonly #again = new Map<number, AnyEvent[]>();
  /** Events that runs are about: a chain goes on about the same one. */
  readonly #origins = new Map<number, AnyEvent>();
  #queue: readonly Considered[] = [];
  /** The journal tells of the decision before up to here. */
  #until = 0;
  /** What happens from now on is not what happened. */
  #parted = false;
  #considers = false;
  readonly #armed = new Set<string>();
  /** The last event of the journal that was heard. */
  #heard = 0;

  constructor({ hash, entropy, settings }: BacktestDeps, record: RecordedDecisions, rules: RuleSet) {
    this.#record = record;
    const insist = async (draft: () => Publishable) => this.#absence(draft());
    this.#stage = new Stage({ hash, entropy, settings, clock: this.#clock, insist }, rules);
    this.#awaits = new Map(
      rules.rules.flatMap(({ playbook: { id, trigger } }) =>
        trigger.absent === undefined ? [] : [[id, awaitedKey(trigger.absent.window)] as const],
      ),
    );
  }

  /** Events in their order, up to the last that was recorded. */
  hear(event: AnyEvent): void {
    this.#clock.advanceTo(event.at);
    this.#imagination.follow(event);
    if (is(event, "engine.started")) this.#end();
    if (this.#holds(event)) this.#tell(event);
    else this.#parted = true;
    if (is(event, "engine.stopped")) this.#end();
    this.#heard = event.sequence;
    this.#decide();
    if (this.#parted) this.#arm();
  }

  /** In the order of the events. */
  comparisons(): readonly Comparison[] {
    return [...this.#rows.values()].sort((a, b) => a.event.sequence - b.event.sequence);
  }

  #tell(event: AnyEvent): void {
    this.#stage.hear(event);
    if (is(event, "playbook.loaded") && !this.#considers) {
      this.#considers = true;
      void this.#stage.recollection.start();
      for (const open of this.#stage.judge.open()) this.#follow(open);
    }
    if (this.#considers) {
      this.#follow(event);
      this.#consider(event, event.sequence);
    }
    for (const one of this.#again.get(event.sequence) ?? []) this.#consider(one, event.sequence);
    if (this.#parted) this.#weather(event);
  }

  /** Whether an event of the journal would have happened with these playbooks too. */
  #holds(event: AnyEvent): boolean {
    if (isAnswer(event, this.#stage.begun)) return this.#answerHolds(event.data.runId, answeredBy(event), event);
    if (is(event, "playbook.relapsed")) return this.#sameRelapses.has(`${event.data.runId} ${event.data.again}`);
    if (is(event, "playbook.absence"))
      return (
        this.#awaits.get(event.data.playbookId) ===
        awaitedKey({ ...event.data, eventType: event.data.awaited, overMs: event.data.forMs })
      );
    if (ofRuns.test(event.type)) {
      const { runId } = event.data as { readonly runId?: unknown };
      return typeof runId !== "string" || this.#same.has(runId);
    }
    if (!this.#parted) return true;
    if (is(event, "deadline.fired")) return !isOwn(event.data.actor);
    return !is(event, "reactor.storm_entered") && !is(event, "reactor.storm_left");
  }

  #answerHolds(runId: string, then: Answered, event: AnyEvent): boolean {
    if (this.#same.has(runId)) return true;
    const { trigger } = event.data as { readonly trigger: { id: string; sequence: number; type: string; at: number } };
    const { id, sequence, type, at } = trigger;
    if (!this.#rows.has(runId))
      this.#rows.set(runId, { event: { id, sequence, type, atMs: at }, ...rowOf(then), recorded: shown(then) });
    return false;
  }

  #consider(event: AnyEvent, calledAfter: number): void {
    const places = this.#record.decisions.get(event.sequence) ?? [];
    for (const { calledAfter: later } of places)
      if (later > event.sequence && calledAfter === event.sequence)
        this.#again.set(later, [...(this.#again.get(later) ?? []), event]);
    const at = places.find((place) => place.calledAfter === calledAfter);
    // It was only considered after the next start.
    if (at === undefined && places.length > 0) return;
    const { judge } = this.#stage;
    const called = judge.called(event);
    if (called.length === 0) return;
    const decide = (moment: Moment) => ({ about: event, tellings: judge.tellings(event, called, moment, calledAfter) });
    this.#queue = [...this.#queue, { event, calledAfter, at, decide }];
  }

  #follow(event: AnyEvent): void {
    const { judge } = this.#stage;
    const settled = judge.take(event);
    if (settled === undefined) return;
    const origin = this.#origins.get(settled.data.trigger.sequence);
    const decide = (moment: Moment) => ({
      about: origin ?? event,
      tellings: judge.following(settled, origin, moment),
    });
    const at = this.#record.followed.get(event.id);
    this.#queue = [...this.#queue, { event, calledAfter: this.#heard, at, decide }];
  }

  /** Decides what was decided when this much was known, and what never was. */
  #decide(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#queue = this.#queue.filter((one) => one !== next);
      const { at, event } = next;
      const moment = { atMs: at?.atMs ?? this.#clock.now(), pulled: at?.pulled ?? false };
      const { about, tellings } = next.decide(moment);
      for (const telling of tellings) this.#compare(telling, about, { at, event });
    }
  }

  /** The engine takes one after the other, each when the one before is told. */
  #next(): Considered | undefined {
    if (this.#queue.length === 0 || this.#until > this.#heard) return undefined;
    const place = ({ at, calledAfter }: Considered) => at?.after ?? calledAfter;
    const next = this.#queue.reduce((first, one) => (place(one) < place(first) ? one : first));
    return place(next) <= this.#heard || next.at === undefined ? next : undefined;
  }

  #compare(telling: Telling, event: AnyEvent, by: Pick<Considered, "at" | "event">): void {
    const { runId } = telling.data;
    if (telling.type === "playbook.matched") this.#origins.set(event.sequence, event);
    if (telling.type === "playbook.relapsed") {
      if (this.#record.relapses.get(runId) === event.id) this.#sameRelapses.add(`${runId} ${event.id}`);
      else this.#imagine(telling, this.#clock.now());
      return;
    }
    // Told once already: saying it again changes nothing.
    const told = this.#rows.get(runId);
    if (told !== undefined && told.cutOff !== true) return;
    const now = answeredBy(this.#imagination.event(telling, this.#clock.now()) as Parameters<typeof answeredBy>[0]);
    const then = this.#record.answers.get(runId);
    const head = { event: { id: event.id, sequence: event.sequence, type: event.type, atMs: event.at }, ...rowOf(now) };
    if (then === undefined && by.at === undefined && this.#record.mayHaveEnded(by.event)) {
      this.#rows.set(runId, { ...head, replayed: shown(now), cutOff: true });
      return;
    }
    const asks = telling.type === "playbook.matched" && telling.data.plan.needsApproval ? { asks: true as const } : {};
    const same = then !== undefined && isSame(then, now);
    this.#rows.set(runId, {
      ...head,
      ...(then === undefined ? {} : { recorded: shown(then) }),
      replayed: { ...shown(now), ...asks },
      ...(!same && then?.kind === now.kind && then.reason === now.reason ? { otherwise: true as const } : {}),
    });
    if (same) {
      this.#same.add(runId);
      this.#until = Math.max(this.#until, then.sequence);
    } else {
      this.#parted = true;
      this.#imagine(telling, this.#clock.now());
    }
  }

  #imagine(draft: Publishable, atMs: number): void {
    const event = this.#imagination.event(draft, atMs);
    this.#tell(event);
    if (is(event, "playbook.matched")) this.#endLater(event.data, atMs, event);
  }

  /** The limits need an end of a run; what came of it nobody knows. */
  #endLater(order: RunOrder, atMs: number, cause: AnyEvent): void {
    if (order.mode === "observe") return;
    const { runId, playbookId, target, trigger, via, plan, fingerprint, lessonId, agentId, taskId } = order;
    const { settleMs, intervalMs, probes } = plan.validation;
    const rehearsed = order.mode === "rehearse";
    const endMs = atMs + settleMs + (probes - 1) * intervalMs;
    const about = {
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(lessonId === undefined ? {} : { lessonId }),
      ...(agentId === undefined ? {} : { agentId }),
      ...(taskId === undefined ? {} : { taskId }),
    };
    this.#later(endMs, () =>
      this.#imagine(
        {
          type: "playbook.settled",
          subject: `run/${runId}`,
          cause,
          data: {
            runId,
            playbookId,
            target,
            trigger,
            outcome: rehearsed ? "suppressed" : "unverified",
            rollback: "none",
            reason: "it did not happen: its outcome is not known",
            via,
            rehearsed,
            ...about,
            residue: [],
            settleMs,
          },
        },
        endMs,
      ),
    );
  }

  async #absence(draft: Publishable) {
    const { data } = draft as Extract<Publishable, { readonly type: "playbook.absence" }>;
    const isRecorded = this.#record.absences.has(absenceKey(data as Parameters<typeof absenceKey>[0]));
    if (!isRecorded) {
      this.#parted = true;
      this.#imagine(draft, this.#clock.now());
      this.#decide();
    }
    return { id: "", sequence: 0 };
  }

  #later(atMs: number, run: () => void): void {
    this.#clock.at(atMs, () => {
      run();
      this.#decide();
    });
  }

  #weather(event: AnyEvent): void {
    if (!is(event, "playbook.matched") && !is(event, "playbook.suppressed")) return;
    const change = this.#stage.stormAfter(event);
    if (change?.kind === "enter")
      this.#imagine({ type: "reactor.storm_entered", subject: "reactor", data: { reason: change.reason } }, event.at);
  }

  /** Deadlines of the reactor and of breakers that nobody journaled. */
  #arm(): void {
    for (const due of this.#stage.deadlines()) {
      const key = JSON.stringify([due.actor, due.name, due.dueAtMs]);
      if (!isOwn(due.actor) || this.#armed.has(key)) continue;
      this.#armed.add(key);
      this.#later(due.dueAtMs, () => {
        this.#armed.delete(key);
        const fired = { type: "deadline.fired", subject: due.actor, data: { ...due } } as const;
        this.#imagine(fired, this.#clock.now());
        const change =
          due.name === "quiet" ? this.#stage.stormAfter(this.#imagination.event(fired, this.#clock.now())) : undefined;
        if (change?.kind === "leave")
          this.#imagine(
            { type: "reactor.storm_left", subject: "reactor", data: { quietMs: change.quietMs } },
            this.#clock.now(),
          );
        this.#arm();
      });
    }
  }

  #end(): void {
    this.#considers = false;
    // A chain that was cut off is taken up by the next engine.
    this.#queue = this.#queue.filter(({ event, at }) => this.#record.followed.get(event.id) === at && at !== undefined);
    this.#stage.recollection.stop();
  }
}

function isSame(then: Answered, now: Answered): boolean {
  if (then.kind !== now.kind || then.target !== now.target) return false;
  return then.kind === "run" ? then.work === now.work : then.reason === now.reason;
}

function rowOf({ playbookId, target }: Answered) {
  return { playbookId, target };
}

function shown({ kind, reason, plan }: Answered): Verdict {
  return { kind, ...(reason === undefined ? {} : { reason }), ...(plan === undefined ? {} : { plan }) };
}

function isOwn(actor: string): boolean {
  return actor === "reactor/main" || actor.startsWith("breaker/");
}

function awaitedKey({
  eventType,
  by,
  overMs,
}: {
  readonly eventType: string;
  readonly by?: string | undefined;
  readonly overMs: number;
}): string {
  return JSON.stringify([eventType, by ?? null, overMs]);
}
