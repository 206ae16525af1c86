import type { Chance } from "./chance.ts";
import type { Asks } from "./life.ts";
import type { World } from "./world.ts";

/** Something asked of the engine under a key: sent again under the same one until it is acknowledged. */
export interface Order {
  readonly kind: "event" | "task";
  readonly key: string;
  readonly route: string;
  readonly body: unknown;
}

export interface Acknowledged {
  readonly order: Order;
  /** What the engine answered: `{id, sequence}` of an event, the view of a task. */
  readonly id: string;
  readonly sequence: number | undefined;
}

const CALLERS = 12;
/** One life asks for so much at most: the journal of a world is read again after each of its lives. */
const ORDERS_PER_LIFE = 60;

/** Callers that outlive the engines they ask, and remember what each was told. */
export class Load {
  readonly acknowledged: Acknowledged[] = [];
  /** Refusals other than 429 and 503, which are asked again. */
  readonly refused: string[] = [];
  readonly #world: Pick<World, "targets">;
  readonly #chance: Chance;
  /** Sent, and the engine was gone before it answered. */
  #doubtful: Order[] = [];
  #orders = 0;
  #tell: () => void = () => {};

  constructor(world: Pick<World, "targets">, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
  }

  get doubtful(): number {
    return this.#doubtful.length;
  }

  /** Resolves with the next acknowledgement; there is one sooner or later while something is asked. */
  answered(): Promise<void> {
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  /** Asks until the engine is gone, `enough` holds, or a life's worth was asked. What was doubtful before goes first. */
  async run(caller: Asks, enough: () => boolean): Promise<void> {
    let asked = 0;
    const one = async (): Promise<void> => {
      while (!enough() && asked < ORDERS_PER_LIFE) {
        asked += 1;
        await this.#send(caller, this.#doubtful.shift() ?? this.#next());
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, () => one().catch(() => undefined)));
  }

  /** Asks once more for everything that was never answered; `look` is called after each. */
  async settle(caller: Asks, look: () => Promise<void> = async () => {}): Promise<void> {
    const open = this.#doubtful;
    this.#doubtful = [];
    for (const order of open) {
      await this.#send(caller, order);
      await look();
    }
  }

  /** Approves some of what waits for a person; what is still open at the end has waited all the time. */
  async approve(caller: Asks): Promise<void> {
    const { items } = await caller.get<{ items: { id: string; state: string }[] }>("/approvals?limit=1000");
    for (const { id, state } of items)
      if (state === "waiting" && this.#chance.holds(0.5)) await caller.post(`/approvals/${id}/approve`, {});
  }

  async #send(caller: Asks, order: Order): Promise<void> {
    try {
      const { status, body } = await caller.post(order.route, order.body);
      if (status === 429 || status === 503) {
        this.#doubtful.push(order);
        return;
      }
      if (status !== 202) {
        this.refused.push(`${order.key}: ${status} ${JSON.stringify(body)}`);
        return;
      }
      const { id, sequence } = body as { readonly id: string; readonly sequence?: number };
      this.acknowledged.push({ order, id, sequence });
      this.#tell();
    } catch (failure) {
      this.#doubtful.push(order);
      throw failure;
    }
  }

  #next(): Order {
    this.#orders += 1;
    const n = this.#orders;
    const key = `order-${n}`;
    const chance = this.#chance;
    const event = (type: string, data: object): Order => ({
      kind: "event",
      key,
      route: "/events",
      body: { type, data: { n, ...data }, idempotencykey: key },
    });
    const task = (agent: string, more: object = {}): Order => ({
      kind: "task",
      key,
      route: "/tasks",
      body: { agent, input: n, idempotencyKey: key, ...more },
    });
    const path = `${this.#world.targets}/${n}`;
    // The lasting agents get their one failure and one task that then waits for ever.
    if (n <= 2) return task("cooling", { retries: 0 });
    if (n <= 4) return task("broken", { retries: 0 });
    if (chance.holds(0.12)) return event("load.broken", { path });
    if (chance.holds(0.05)) return event("load.vain", { path });
    if (chance.holds(0.04)) return event("load.stuck", {});
    if (chance.holds(0.04)) return event("load.risky", { path });
    if (chance.holds(0.5)) return event("load.tick", { text: "x".repeat(chance.between(0, 2_000)) });
    if (chance.holds(0.2)) return task("once", { onInterrupt: "fail" });
    return task(chance.of(["quick", "slow", "failing", "keeper"]));
  }
}
