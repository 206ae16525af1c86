import type { EventData } from "../../events/catalog.ts";
import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { groupsOf, listOf, objectOf, pairOf, row, text } from "../../kernel/shape.ts";
import { appended } from "./newest.ts";
import { refill, type View } from "./view.ts";

export type SummaryRow = EventData<"resource.summary"> & { readonly atMs: number };
export type CrossingRow = EventData<"resource.high"> & { readonly side: "high" | "normal"; readonly atMs: number };

const state = objectOf({
  host: listOf(row<SummaryRow>()),
  agents: groupsOf(pairOf(text, row<SummaryRow>())),
  high: listOf(pairOf(text, row<CrossingRow>())),
  crossings: listOf(row<CrossingRow>()),
});

const SUMMARIES_KEPT = 60;
const CROSSINGS_KEPT = 100;

/** What the sensors told: minute by minute for the host, last for each agent, and every crossing of late. */
export class ResourcesView implements View {
  readonly name = "resources";
  readonly version = 1;
  readonly mayBeginLate = true;
  #host: readonly SummaryRow[] = [];
  readonly #agents = new Map<string, SummaryRow>();
  readonly #high = new Map<string, CrossingRow>();
  #crossings: readonly CrossingRow[] = [];
  readonly apply: (event: AnyEvent) => void;

  constructor() {
    this.apply = dispatcher({
      "resource.summary": ({ data, at }) => {
        const row = { ...data, atMs: at };
        if (data.agentId === undefined) this.#host = appended(this.#host, row, SUMMARIES_KEPT);
        else this.#agents.set(data.agentId, row);
      },
      "resource.high": ({ data, at }) => this.#crossed({ ...data, side: "high", atMs: at }),
      "resource.normal": ({ data, at }) => this.#crossed({ ...data, side: "normal", atMs: at }),
      // A sensor begins anew with its engine and would tell again what is still high.
      "engine.started": () => this.#high.clear(),
    });
  }

  snapshot(): Snapshot {
    return {
      host: this.#host,
      agents: inGroups([...this.#agents]),
      high: [...this.#high],
      crossings: this.#crossings,
    };
  }

  restore(value: unknown): void {
    const { host, agents, high, crossings } = state(value, this.name);
    this.#host = host;
    refill(this.#agents, agents);
    refill(this.#high, high);
    this.#crossings = crossings;
  }

  /** The host's last 60 minutes as far as they were measured, oldest first. */
  host(): readonly SummaryRow[] {
    return this.#host;
  }

  /** The last summary that was told of an agent; one is told only when it changed. */
  agent(id: string): SummaryRow | undefined {
    return this.#agents.get(id);
  }

  /** What is high now. */
  high(): readonly CrossingRow[] {
    return [...this.#high.values()];
  }

  /** Newest first. */
  crossings(): readonly CrossingRow[] {
    return [...this.#crossings].reverse();
  }

  #crossed(row: CrossingRow): void {
    const key = JSON.stringify([row.scope, row.resource, row.agentId ?? ""]);
    if (row.side === "high") this.#high.set(key, row);
    else this.#high.delete(key);
    this.#crossings = appended(this.#crossings, row, CROSSINGS_KEPT);
  }
}
