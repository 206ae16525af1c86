import { between, chanceOf } from "./chance.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Services that agents of the simulation depend on. */
export const upstreams = ["inventory", "payments", "search", "mail"] as const;
export type Upstream = (typeof upstreams)[number];

/** Something that goes on for a while: an outage, a crowded machine. */
interface Spell {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** How often a day has such a spell, and how long it lasts. */
const spells = {
  outage: { chance: 0.6, shortestMs: 4 * 60_000, longestMs: 45 * 60_000 },
  cpu: { chance: 0.7, shortestMs: 10 * 60_000, longestMs: 40 * 60_000 },
  memory: { chance: 0.5, shortestMs: 10 * 60_000, longestMs: 60 * 60_000 },
} as const;

/** What the whole simulated world has in common: day and night, outages, a machine that is crowded at times. */
export class Weather {
  readonly #seed: number;
  readonly #known = new Map<string, Spell | undefined>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** How busy clients are, 1 on average over a day: least at 3 in the morning, most twelve hours later. UTC. */
  load(atMs: number): number {
    const hour = (atMs % DAY_MS) / HOUR_MS;
    return 1 - 0.8 * Math.cos(((hour - 3) / 24) * 2 * Math.PI);
  }

  isDown(upstream: Upstream, atMs: number): boolean {
    return this.#isIn("outage", upstream, atMs);
  }

  /** Per cent of the machine, as a sensor reads it. */
  host(atMs: number): { readonly cpu: number; readonly memory: number; readonly disk: number } {
    const load = this.load(atMs);
    const cpu = this.#isIn("cpu", "host", atMs) ? 93 : 12 + 25 * load;
    const memory = this.#isIn("memory", "host", atMs) ? 94 : 35 + 12 * load;
    return { cpu, memory, disk: 40 };
  }

  #isIn(what: keyof typeof spells, where: string, atMs: number): boolean {
    const day = Math.floor(atMs / DAY_MS);
    const name = `${what}/${where}/${day}`;
    if (!this.#known.has(name)) this.#known.set(name, this.#spell(what, name, day));
    const spell = this.#known.get(name);
    return spell !== undefined && atMs >= spell.fromMs && atMs < spell.untilMs;
  }

  #spell(what: keyof typeof spells, name: string, day: number): Spell | undefined {
    const { chance, shortestMs, longestMs } = spells[what];
    const own = chanceOf(this.#seed, name);
    if (own.random() >= chance) return undefined;
    const fromMs = day * DAY_MS + between(own, 0, DAY_MS - longestMs);
    return { fromMs, untilMs: fromMs + between(own, shortestMs, longestMs) };
  }
}
