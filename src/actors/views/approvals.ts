import { dispatcher } from "../../events/dispatch.ts";
import { type AnyEvent, type Cause, causeOf } from "../../events/envelope.ts";
import type { Risk } from "../../events/vocabulary.ts";
import type { Snapshot } from "../../kernel/checkpointed.ts";
import { row } from "../../kernel/shape.ts";
import type { Target } from "../../kernel/target.ts";
import { Newest } from "./newest.ts";
import type { View } from "./view.ts";

export interface ApprovalRow {
  readonly id: string;
  readonly run: string;
  readonly playbook: string;
  readonly target: Target;
  readonly state: "waiting" | "approved" | "rejected" | "expired";
  readonly risk: Risk;
  readonly why: readonly string[];
  readonly planHash: string;
  readonly targetVersion: string;
  readonly proposedBy: string;
  readonly requestedAtMs: number;
  /** The request itself: a decision follows from it. */
  readonly requested: Cause;
  readonly expiresAtMs: number;
  readonly decidedBy?: string;
  readonly decidedAtMs?: number;
  readonly reason?: string;
}

/** What waits for a person, and the newest that was decided. */
export class ApprovalsView implements View {
  readonly name = "approvals";
  readonly version = 1;
  readonly #rows: Newest<ApprovalRow>;
  readonly apply: (event: AnyEvent) => void;

  constructor(capacity = 1_000) {
    this.#rows = new Newest({ capacity, holds: ({ state }) => state === "waiting" });
    this.apply = dispatcher({
      "approval.requested": ({ data, at, ...event }) =>
        this.#rows.set(data.approvalId, {
          id: data.approvalId,
          run: data.runId,
          playbook: data.playbookId,
          target: data.target,
          state: "waiting",
          risk: data.risk,
          why: data.why,
          planHash: data.planHash,
          targetVersion: data.targetVersion,
          proposedBy: data.proposedBy,
          requestedAtMs: at,
          requested: causeOf(event),
          expiresAtMs: data.expiresAtMs,
        }),
      "approval.decided": ({ data, at }) =>
        this.#rows.change(data.approvalId, (row) => ({
          ...row,
          state: data.decision,
          decidedBy: data.by,
          decidedAtMs: at,
          reason: data.reason,
        })),
    });
  }

  snapshot(): Snapshot {
    return { rows: this.#rows.snapshot() };
  }

  restore(value: unknown): void {
    this.#rows.restore(
      row<{ readonly rows: unknown }>()(value, this.name).rows,
      row<ApprovalRow>(),
      `${this.name}.rows`,
    );
  }

  get(id: string): ApprovalRow | undefined {
    return this.#rows.get(id);
  }

  /** Newest first. */
  list(): readonly ApprovalRow[] {
    return this.#rows.list();
  }

  /** Oldest first: who waits longest is asked for first. */
  waiting(): readonly ApprovalRow[] {
    return [...this.#rows.values()].filter(({ state }) => state === "waiting");
  }
}
