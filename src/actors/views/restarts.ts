import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { Snapshot } from "../../kernel/checkpointed.ts";
import { anything, objectOf, row } from "../../kernel/shape.ts";
import { Newest } from "./newest.ts";
import type { View } from "./view.ts";

/** What a supervisor did to a resident process: it is in the journal once it has its outcome. */
export interface RestartRow {
  /** The effect's own. */
  readonly key: string;
  readonly supervisor: string;
  readonly agent: string;
  readonly did: "restarted" | "ended";
  /** Restarts of the supervisor so far, this one among them. */
  readonly attempt: number;
  readonly reason: string;
  readonly atMs: number;
}

const state = objectOf({ rows: anything });

/** The effects of the supervisors of resident agents. */
export class RestartsView implements View {
  readonly name = "restarts";
  readonly version = 1;
  readonly #rows: Newest<RestartRow>;
  readonly apply: (event: AnyEvent) => void;

  constructor(capacity = 500) {
    this.#rows = new Newest({ capacity });
    this.apply = dispatcher({
      "agent.resident_changed": ({ data: { key, supervisor, agentId, did, attempt, reason }, at }) =>
        this.#rows.set(key, { key, supervisor, agent: agentId, did, attempt, reason, atMs: at }),
    });
  }

  snapshot(): Snapshot {
    return { rows: this.#rows.snapshot() };
  }

  restore(value: unknown): void {
    this.#rows.restore(state(value, this.name).rows, row<RestartRow>(), `${this.name}.rows`);
  }

  /** Newest first. */
  list(): readonly RestartRow[] {
    return this.#rows.list();
  }
}
