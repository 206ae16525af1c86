import type { Unanswered } from "../../domain/playbook/draft.ts";
import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { groupsOf, objectOf, row } from "../../kernel/shape.ts";
import { refill, type View } from "./view.ts";

/** A playbook that waits for a person to finish it. */
export interface DraftRow extends Unanswered {
  /** Tasks that the failure struck when it was drafted, as far as they are named. */
  readonly evidence: readonly string[];
  readonly atMs: number;
}

const state = objectOf({ rows: groupsOf(row<DraftRow>()) });

/** Drafted playbooks: at most as many as may wait at once. */
export class DraftsView implements View {
  readonly name = "drafts";
  readonly version = 1;
  readonly #rows = new Map<string, DraftRow>();
  readonly apply: (event: AnyEvent) => void;

  constructor() {
    this.apply = dispatcher({
      "playbook.drafted": ({ data, at }) => void this.#rows.set(data.playbookId, { ...data, atMs: at }),
      "playbook.draft_withdrawn": ({ data }) => void this.#rows.delete(data.playbookId),
    });
  }

  snapshot(): Snapshot {
    return { rows: inGroups([...this.#rows.values()]) };
  }

  restore(value: unknown): void {
    const { rows } = state(value, this.name);
    refill(
      this.#rows,
      rows.map((one) => [one.playbookId, one]),
    );
  }

  get(playbookId: string): DraftRow | undefined {
    return this.#rows.get(playbookId);
  }

  /** The newest first. */
  list(): readonly DraftRow[] {
    return [...this.#rows.values()].reverse();
  }
}
