import { Subject, type Subscription } from "rxjs";
import { explainScore, isNews, type ScoreFacts, type Standing, standing } from "../domain/score.ts";
import { type AlertChange, type AlertName, alertChanges, alertRules, alertValue } from "../domain/score-alerts.ts";
import { type ScoreIntervals, scoreIntervals } from "../domain/score-intervals.ts";
import type { Weights } from "../domain/score-terms.ts";
import { OutcomeTrend, type Trend } from "../domain/trend.ts";
import * as uptime from "../domain/uptime.ts";
import { type AnyEvent, type EngineDraft, is } from "../events/envelope.ts";
import { ticks } from "../events/rx-clock.ts";
import { type Checkpointed, inGroups, type Snapshot } from "../kernel/checkpointed.ts";
import type { Cancel, Clock } from "../kernel/clock.ts";
import { groupsOf, listOf, number, objectOf, oneOf, optional, pairOf, row } from "../kernel/shape.ts";
import { ScoreWeights } from "./score-weights.ts";
import { ScoreWindows } from "./score-windows.ts";

export interface ScoreSettings {
  /** How far back the terms look. */
  readonly windowMs: number;
  /** Whether the terms' weights follow how well each foretells the tasks that end next. */
  readonly adaptWeights: boolean;
  /** How often it is looked whether something left the window, while nothing happens. */
  readonly tickMs: number;
  /** Between two `score.updated` passes at least this. */
  readonly pauseMs: number;
  /** Points of history kept. */
  readonly history: number;
  /** Entries that one window holds at most. */
  readonly capacity: number;
}

export const scoreSettings: ScoreSettings = {
  windowMs: 3_600_000,
  adaptWeights: false,
  tickMs: 5_000,
  pauseMs: 1_000,
  history: 10_000,
  capacity: 100_000,
};

export interface ScoreDeps {
  readonly clock: Clock;
  readonly publish: (draft: EngineDraft) => Promise<unknown>;
  readonly settings?: Partial<ScoreSettings>;
}

export interface RaisedAlert {
  readonly alert: AlertName;
  readonly value: number;
  readonly threshold: number;
  readonly advice: string;
}

export interface ScoreReading extends Standing {
  readonly intervals: ScoreIntervals;
  /** Each term with the cases behind it, and what became of the weights, in words. */
  readonly why: string[];
  /** What each term counts; they sum to one. */
  readonly weights: Weights;
  /** Whether they may be other than the usual ones. */
  readonly adaptsWeights: boolean;
  /** Cases behind each term; for uptime the seconds looked at. */
  readonly counts: { readonly tsr: number; readonly cr: number; readonly uptime: number; readonly learning: number };
  readonly alerts: RaisedAlert[];
  readonly trendDetail: Trend;
  readonly windowMs: number;
  readonly atMs: number;
}

export interface ScorePoint extends Standing {
  readonly sequence: number;
  readonly atMs: number;
}

export interface ScoreActor {
  /** What it remembers of the events. */
  readonly states: readonly Checkpointed[];
  /** Hears every event, replayed or live, in order. */
  apply(event: AnyEvent): void;
  /** Ends the replay: from now on changes are published. */
  goLive(): void;
  current(): ScoreReading;
  /** What was published, newest first. */
  history(limit?: number): ScorePoint[];
  stop(): void;
}

/**
 * The evolution score: folded from events, published as events.
 *
 * Invariants:
 *  1. Fed the same journal it stands where it stood: raised alerts, history and what was last told come from the
 *     score's own events, everything else from the others.
 *  2. Only a live actor publishes, at most once in `pauseMs`, and never because of a `score.*` event.
 */
export function createScoreActor(deps: ScoreDeps): ScoreActor {
  return new LiveScore(deps.clock, deps.publish, { ...scoreSettings, ...deps.settings });
}

/** Events after which the score may be another one, beside those that move a window. */
const moving = new Set(["engine.started", "engine.ready", "engine.stopping", "engine.stopped"]);

const state = objectOf({
  raised: listOf(pairOf(oneOf(...alertRules.map(({ alert }) => alert)), number)),
  history: groupsOf(row<ScorePoint>()),
  uptime: row<uptime.Uptime>(),
  told: optional(row<Standing>()),
});

class LiveScore implements ScoreActor, Checkpointed {
  readonly name = "score";
  readonly version = 1;
  readonly #clock: Clock;
  readonly #publish: (draft: EngineDraft) => Promise<unknown>;
  readonly #settings: ScoreSettings;
  readonly #now = new Subject<number>();
  readonly #windows: ScoreWindows;
  readonly #trend = new OutcomeTrend();
  readonly #weights: ScoreWeights;
  readonly #raised = new Map<AlertName, number>();
  /** As the journal has it: what is being told may yet be refused. */
  readonly #journaled: { told: Standing | undefined; readonly raised: Map<AlertName, number> };
  #history: ScorePoint[] = [];
  #uptime = uptime.neverStarted;
  #told: Standing | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #beat: Subscription | undefined;
  #cancel: Cancel | undefined;
  #live = false;
  #tellingWeights = false;

  constructor(clock: Clock, publish: (draft: EngineDraft) => Promise<unknown>, settings: ScoreSettings) {
    this.#clock = clock;
    this.#publish = publish;
    this.#settings = settings;
    this.#windows = new ScoreWindows(settings, this.#now);
    this.#weights = new ScoreWeights(settings.adaptWeights);
    this.#journaled = { told: undefined, raised: new Map() };
  }

  get states(): readonly Checkpointed[] {
    return [this, this.#windows, this.#trend, this.#weights];
  }

  snapshot(): Snapshot {
    const { told, raised } = this.#journaled;
    return { raised: [...raised], history: inGroups([...this.#history]), uptime: this.#uptime, told };
  }

  restore(value: unknown): void {
    const { raised, history, uptime: known, told } = state(value, this.name);
    for (const map of [this.#raised, this.#journaled.raised]) {
      map.clear();
      for (const [alert, at] of raised) map.set(alert, at);
    }
    this.#history = history;
    this.#uptime = known;
    this.#told = told;
    this.#journaled.told = told;
  }

  apply(event: AnyEvent): void {
    this.#weights.apply(event, this.#journaled.told?.terms);
    if (event.type.startsWith("score.")) {
      this.#recall(event);
      return;
    }
    const before = this.#windows.counts;
    this.#windows.apply(event);
    this.#follow(event);
    const after = this.#windows.counts;
    const moved = before.tsr !== after.tsr || before.cr !== after.cr || before.learning !== after.learning;
    if (this.#live && (moved || moving.has(event.type))) this.#tell(event);
  }

  goLive(): void {
    if (this.#live) return;
    this.#live = true;
    this.#beat = ticks(this.#clock, this.#settings.tickMs).subscribe(() => this.#tell(undefined));
    this.#tell(undefined);
  }

  current(): ScoreReading {
    const atMs = this.#clock.now();
    const facts = this.#facts(atMs);
    const now = this.#stand(facts);
    return {
      ...now,
      intervals: scoreIntervals(facts, this.#weights.current),
      why: this.#explain(facts, now),
      weights: this.#weights.current,
      adaptsWeights: this.#weights.adapting,
      counts: {
        tsr: facts.tsr.n,
        cr: facts.cr.n,
        uptime: Math.round(facts.uptime.spanMs / 1_000),
        learning: facts.learning.n,
      },
      alerts: alertRules.flatMap((rule) => {
        const raisedAt = this.#raised.get(rule.alert);
        if (raisedAt === undefined) return [];
        const value = alertValue(rule, now) ?? raisedAt;
        return [{ alert: rule.alert, value, threshold: rule.below, advice: rule.advice }];
      }),
      trendDetail: this.#trend.current,
      windowMs: this.#settings.windowMs,
      atMs,
    };
  }

  history(limit = this.#settings.history): ScorePoint[] {
    return limit <= 0 ? [] : this.#history.slice(-limit).reverse();
  }

  stop(): void {
    this.#live = false;
    this.#beat?.unsubscribe();
    this.#cancel?.();
    this.#cancel = undefined;
    this.#windows.stop();
  }

  #follow(event: AnyEvent): void {
    if (is(event, "engine.started")) this.#uptime = uptime.started(this.#uptime, event.at);
    else if (is(event, "engine.ready")) this.#uptime = uptime.ready(this.#uptime, event.at);
    else if (is(event, "engine.stopping") || is(event, "engine.stopped"))
      this.#uptime = uptime.stopped(this.#uptime, event.at);
    else if (is(event, "task.succeeded")) this.#trend.add(true, event.at);
    else if (is(event, "task.failed")) this.#trend.add(false, event.at);
    this.#uptime = uptime.alive(this.#uptime, event.at);
  }

  /** What was said before stays said, also across a restart. */
  #recall(event: AnyEvent): void {
    if (is(event, "score.updated")) {
      const { score, grade, trend, terms } = event.data;
      this.#told = { score, grade, trend, terms };
      this.#journaled.told = this.#told;
      this.#history.push({ sequence: event.sequence, atMs: event.at, score, grade, trend, terms });
      if (this.#history.length > 2 * this.#settings.history) this.#history.splice(0, this.#settings.history);
    }
    const rule = (name: string) => alertRules.find(({ alert }) => alert === name);
    if (is(event, "score.alert_raised")) {
      const known = rule(event.data.alert);
      if (known !== undefined) this.#raised.set(known.alert, event.data.value);
      if (known !== undefined) this.#journaled.raised.set(known.alert, event.data.value);
    }
    if (is(event, "score.alert_cleared")) {
      const known = rule(event.data.alert);
      if (known !== undefined) this.#raised.delete(known.alert);
      if (known !== undefined) this.#journaled.raised.delete(known.alert);
    }
  }

  /** Publishes what is news, now or when the pause is over. */
  #tell(cause: AnyEvent | undefined): void {
    if (!this.#live || this.#cancel !== undefined) return;
    const waitMs = this.#toldAt + this.#settings.pauseMs - this.#clock.monotonic();
    if (waitMs > 0) {
      this.#cancel = this.#clock.at(this.#clock.now() + waitMs, () => {
        this.#cancel = undefined;
        this.#tell(cause);
      });
      return;
    }
    this.#tellNews(cause === undefined ? {} : { cause });
  }

  #tellNews(from: { readonly cause?: AnyEvent }): void {
    this.#tellWeights(from);
    const facts = this.#facts(this.#clock.now());
    const now = this.#stand(facts);
    const changes = alertChanges(this.#raised, now);
    const before = this.#told;
    if (changes.length === 0 && !isNews(before, now)) return;
    this.#toldAt = this.#clock.monotonic();
    this.#told = now;
    const { score, grade, trend, terms } = now;
    const data = { score, grade, trend, terms, why: this.#explain(facts, now) };
    this.#send({ type: "score.updated", data, ...from }, () => {
      this.#told = before;
    });
    for (const change of changes) this.#tellAlert(change, from);
  }

  /** They count from when the journal has them; the score that follows is told at the next occasion. */
  #tellWeights(from: { readonly cause?: AnyEvent }): void {
    const data = this.#tellingWeights ? undefined : this.#weights.news();
    if (data === undefined) return;
    this.#tellingWeights = true;
    this.#publish({ type: "score.weights_changed", data, ...from })
      .catch(() => {})
      .finally(() => {
        this.#tellingWeights = false;
      });
  }

  #tellAlert({ kind, rule, value }: AlertChange, from: { readonly cause?: AnyEvent }): void {
    const { alert, below, severity, advice } = rule;
    if (kind === "raised") {
      this.#raised.set(alert, value);
      const data = { alert, value, threshold: below, advice };
      this.#send({ type: "score.alert_raised", severity, data, ...from }, () => this.#raised.delete(alert));
      return;
    }
    const raisedAt = this.#raised.get(alert) ?? value;
    this.#raised.delete(alert);
    const undo = () => this.#raised.set(alert, raisedAt);
    this.#send({ type: "score.alert_cleared", data: { alert, value }, ...from }, undo);
  }

  /** What could not be journaled was not told: it is news again at the next occasion. */
  #send(draft: EngineDraft, undo: () => void): void {
    this.#publish(draft).catch(undo);
  }

  #facts(nowMs: number): ScoreFacts {
    this.#now.next(nowMs);
    const { windowMs } = this.#settings;
    return { ...this.#windows.counts, uptime: uptime.uptimeShare(this.#uptime, nowMs, windowMs), windowMs };
  }

  #stand(facts: ScoreFacts): Standing {
    const { kind } = this.#trend.current;
    return standing(facts, kind === "unknown" ? null : kind, this.#weights.current);
  }

  #explain(facts: ScoreFacts, { terms }: Standing): string[] {
    return [...explainScore(facts, terms, this.#weights.current), ...this.#weights.says()];
  }
}
