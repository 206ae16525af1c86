import { between, chanceOf } from "../../simulation/chance.ts";
import { type Fault, faults } from "./faults.ts";
import type { JobPlan } from "./job.ts";

/** One failure of the stream: a job, and what is broken about it. */
export interface Item {
  readonly plan: JobPlan;
  readonly fault: Fault;
}

/** A lesson begins with so many distinct tasks, and the last of them is where a person shows what helps. */
export const TO_LEARN = 3;

export interface Stream {
  /** Failures from which the lessons come, each kind's one after the other. */
  readonly taught: readonly (readonly Item[])[];
  /** Failures that are compared, in no order of kinds. */
  readonly compared: readonly Item[];
}

const words = ["orders", "ledger", "stock", "会计", "reports", "meter-data", "claims", "Umsätze"];

/** The failures that a seed stands for: `size` of every kind are compared. No two share a path or an id. */
export function streamOf(seed: number, size: number): Stream {
  const chance = chanceOf(seed, "prove/stream");
  let made = 0;
  const item = (fault: Fault): Item => ({ fault, plan: planOf(++made) });
  function planOf(n: number): JobPlan {
    const word = words[between(chance, 0, words.length)] ?? "orders";
    const place = [String(between(chance, 2019, 2031)), `${word}.${between(chance, 1, 99)}`];
    return { id: `${n}${chance.secret(3)}`, place, word, rows: between(chance, 3, 60) };
  }
  const taught = faults.map((fault) => Array.from({ length: TO_LEARN }, () => item(fault)));
  const compared = faults.flatMap((fault) => Array.from({ length: size }, () => item(fault)));
  return { taught, compared: shuffled(compared, () => chance.random()) };
}

/** Fisher and Yates. */
export function shuffled<T>(all: readonly T[], random: () => number): readonly T[] {
  const left = [...all];
  const drawn: T[] = [];
  while (left.length > 0) drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  return drawn;
}
