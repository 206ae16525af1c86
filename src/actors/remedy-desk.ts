import { type Answer, type Called, priorityOf } from "../domain/playbook/answer.ts";
import type { Facts } from "../domain/playbook/facts.ts";
import type { RuleSet } from "../domain/playbook/rules.ts";
import { type AnyEvent, type EventOf, is } from "../events/envelope.ts";
import type { Checkpointed, Snapshot } from "../kernel/checkpointed.ts";
import type { Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { Insist } from "./insist.ts";
import { reactorNow } from "./reactor.ts";
import { type JudgeDeps, type Moment, RemedyJudge } from "./remedy-judge.ts";
import type { Telling } from "./remedy-telling.ts";
import { Turns, type Urgency } from "./turns.ts";

export interface RemedyDeps extends JudgeDeps {
  readonly insist: Insist;
  readonly clock: Clock;
  readonly log: Log;
  /** The event of a sequence, as far as the journal still has it. */
  readonly eventAt: (sequence: number) => Promise<AnyEvent | undefined>;
  /** True while the kill switch is pulled, whatever the journal says. */
  readonly killSwitch: () => Promise<boolean>;
}

/**
 * Answers events with remedies while the engine is live. Events are considered one after the other, so that two of them
 * can never both find a target unlocked; a flood does not keep what is urgent waiting.
 */
export class RemedyDesk implements Checkpointed {
  readonly name: string;
  readonly version: number;
  readonly #deps: RemedyDeps;
  readonly #judge: RemedyJudge;
  readonly #turns = new Turns();

  constructor(deps: RemedyDeps, rules: RuleSet) {
    const { insist: _i, clock: _c, log: _l, killSwitch: _k, eventAt: _e, ...judging } = deps;
    this.#deps = deps;
    this.#judge = new RemedyJudge(judging, rules);
    this.name = this.#judge.name;
    this.version = this.#judge.version;
  }

  get rules(): RuleSet {
    return this.#judge.rules;
  }

  /** Events that wait to be considered. */
  get waiting(): number {
    return this.#turns.waiting;
  }

  /** Swaps the whole rule set; what is being considered goes on with the old one. */
  adopt(rules: RuleSet): void {
    this.#judge.adopt(rules);
  }

  snapshot(): Snapshot {
    return this.#judge.snapshot();
  }

  restore(value: unknown): void {
    this.#judge.restore(value);
  }

  /** Hears every event, in replay and live alike. */
  note(event: AnyEvent): void {
    this.#judge.note(event);
  }

  /** Takes up chains that an engine before left between two of their runs. */
  resume(): void {
    for (const settled of this.#judge.open()) this.consider(settled);
  }

  /**
   * Considers an event in its turn: first what is P0, what a person asked for, and what follows from a run. Cheap for
   * events that no playbook listens to.
   */
  consider(event: AnyEvent): void {
    const settled = this.#judge.take(event);
    if (settled !== undefined) this.#inTurn("urgent", event, () => this.#follow(settled));
    const called = this.called(event);
    if (called.length === 0) return;
    const calledAfter = this.#judge.noted;
    this.#inTurn(urgencyOf(event, called), event, () => this.#answer(event, called, calledAfter));
  }

  #inTurn(urgency: Urgency, event: AnyEvent, answered: () => Promise<void>): void {
    this.#turns.add(urgency, () =>
      answered().catch((failure: unknown) =>
        this.#deps.log.error("an event could not be answered", {
          sequence: event.sequence,
          failure: messageOf(failure),
        }),
      ),
    );
  }

  /** Resolves when everything considered so far is answered. */
  settled(): Promise<void> {
    return this.#turns.settled();
  }

  /** Considers nothing more: what waits is left to the next start, which considers it anew. */
  close(): void {
    const left = this.#turns.letGo();
    if (left > 0) this.#deps.log.info("events wait for the next start to be considered", { events: left });
  }

  /** The playbooks an event calls for: by their triggers, and by a proven lesson about its failure. */
  called(event: AnyEvent, facts?: Facts): readonly Called[] {
    return this.#judge.called(event, facts);
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
    return this.#judge.isEnabled(playbookId);
  }

  /** What the answers would be now; nothing follows from it. */
  async answers(event: AnyEvent, called: readonly Called[]): Promise<readonly Answer[]> {
    return this.#judge.answers(event, called, await this.#moment());
  }

  async #answer(event: AnyEvent, called: readonly Called[], calledAfter: number): Promise<void> {
    const moment = await this.#moment();
    await this.#tell(this.#judge.tellings(event, called, moment, calledAfter));
  }

  async #follow(settled: EventOf<"playbook.settled">): Promise<void> {
    const event = await this.#deps.eventAt(settled.data.trigger.sequence);
    const moment = await this.#moment();
    await this.#tell(this.#judge.following(settled, event, moment));
  }

  /** Nothing is waited for between this and the decision: it is made at one point of the journal, which it names. */
  async #moment(): Promise<Moment> {
    const pulled = await this.#deps.killSwitch();
    return { atMs: this.#deps.clock.now(), pulled };
  }

  async #tell(tellings: readonly Telling[]): Promise<void> {
    for (const telling of tellings) await this.#deps.insist(() => telling);
  }
}

function urgencyOf(event: AnyEvent, called: readonly Called[]): Urgency {
  if (is(event, "playbook.run_requested")) return "urgent";
  return called.some((one) => priorityOf(one, event) === "P0") ? "urgent" : "usual";
}
