import { isOpen } from "../actors/views/incidents.ts";
import { is } from "../events/envelope.ts";
import type { Clock } from "../kernel/clock.ts";
import { AiosError } from "../kernel/errors.ts";
import { approvalsDoor } from "../runtime/doors/approvals-door.ts";
import { deadLettersDoor } from "../runtime/doors/dead-letters-door.ts";
import { incidentsDoor } from "../runtime/doors/incidents-door.ts";
import type { Runtime } from "../runtime.ts";
import { chanceOf, gapMs, pick } from "./chance.ts";
import type { SeededEntropy } from "./seeded-entropy.ts";

const HOUR_MS = 3_600_000;
const MEAN_ANSWER_MS = 25 * 60_000;
/** Dead letters that are sent again in one round. */
const LETTERS = 5;
const WHO = { role: "operator", id: "simulated" } as const;

/**
 * A person of the simulation, at work from 8 to 18 o'clock: answers approvals through the engine's own door, or lets
 * them expire, looks after incidents and archived agents, and sends dead letters again.
 */
export class Operator {
  readonly #runtime: Runtime;
  readonly #chance: SeededEntropy;
  #over = false;

  constructor(runtime: Runtime, seed: number) {
    this.#runtime = runtime;
    this.#chance = chanceOf(seed, "operator");
  }

  get #clock(): Clock {
    return this.#runtime.ports.clock;
  }

  start(): void {
    this.#runtime.bus.subscribe(
      { topic: "approval.requested" },
      (event) => {
        if (is(event, "approval.requested")) this.#answer(event.data.approvalId);
      },
      { name: "simulated operator" },
    );
    this.#nextRound();
  }

  stop(): void {
    this.#over = true;
  }

  #answer(approvalId: string): void {
    const answer = pick(this.#chance, [
      { value: "approved", weight: 55 },
      { value: "rejected", weight: 20 },
      { value: "none", weight: 25 },
    ] as const);
    if (answer === "none") return;
    this.#later(gapMs(this.#chance, MEAN_ANSWER_MS), () =>
      approvalsDoor(this.#runtime).decide(approvalId, answer, { reason: "simulated" }, WHO),
    );
  }

  #nextRound(): void {
    const now = this.#clock.now();
    this.#later(HOUR_MS - (now % HOUR_MS), async () => {
      if (this.#over) return;
      this.#nextRound();
      const hour = Math.floor(this.#clock.now() / HOUR_MS) % 24;
      if (hour >= 8 && hour < 18) await this.#round();
    });
  }

  async #round(): Promise<void> {
    const { views, agents } = this.#runtime;
    for (const { id, state } of views.incidents.list().filter(isOpen)) {
      if (state === "open") await this.#attempt(() => incidentsDoor(this.#runtime).acknowledge(id, WHO));
      else if (this.#chance.random() < 0.3)
        await this.#attempt(() => incidentsDoor(this.#runtime).resolve(id, "looked after (simulated)", WHO));
    }
    for (const { id } of views.deadLetters.waiting().slice(0, LETTERS))
      await this.#attempt(() => deadLettersDoor(this.#runtime).replay(id, WHO));
    for (const { id } of views.agents.list().filter(({ accepting }) => accepting === "archived"))
      await this.#attempt(() => agents.command(id, "reset", "repaired (simulated)", "operator:simulated"));
  }

  #later(ms: number, run: () => Promise<unknown>): void {
    this.#clock.at(this.#clock.now() + ms, () => void this.#attempt(run));
  }

  /** What was decided or over before the person came to it is no failure of the simulation. */
  async #attempt(run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (failure) {
      if (!(failure instanceof AiosError)) throw failure;
    }
  }
}
