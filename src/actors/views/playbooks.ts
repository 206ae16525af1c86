import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { Outcome } from "../../events/vocabulary.ts";
import type { Snapshot } from "../../kernel/checkpointed.ts";
import { listOf, objectOf, row } from "../../kernel/shape.ts";
import type { Share } from "./agents.ts";
import { refill, type View } from "./view.ts";

export interface PlaybookRow {
  readonly id: string;
  /** Of the file that was read last. */
  readonly hash: string;
  readonly enabled: boolean;
  /** Whether the last rule set that was read holds it. */
  readonly loaded: boolean;
  /** Settled runs by outcome, rehearsals left out; a relapse moves its run. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly lastRunAtMs?: number;
}

const state = objectOf({
  rows: listOf(row<PlaybookRow>()),
  refused: listOf(row<{ readonly file: string; readonly reason: string }>()),
});

const none: PlaybookRow["outcomes"] = {
  fixed: 0,
  not_fixed: 0,
  unverified: 0,
  relapsed: 0,
  refused: 0,
  suppressed: 0,
  expired: 0,
};

/** Playbooks as they were loaded, with their record. */
export class PlaybooksView implements View {
  readonly name = "playbooks";
  readonly version = 1;
  readonly #rows = new Map<string, PlaybookRow>();
  #refused: readonly { readonly file: string; readonly reason: string }[] = [];
  readonly apply: (event: AnyEvent) => void;

  constructor() {
    this.apply = dispatcher({
      "playbook.loaded": ({ data }) => {
        for (const id of this.#rows.keys()) this.#change(id, () => ({ loaded: false }));
        for (const { id, hash, enabled } of data.loaded) this.#change(id, () => ({ loaded: true, hash, enabled }));
        this.#refused = data.refused;
      },
      "playbook.enabled": ({ data }) => this.#change(data.playbookId, () => ({ enabled: true })),
      "playbook.disabled": ({ data }) => this.#change(data.playbookId, () => ({ enabled: false })),
      "playbook.settled": ({ data, at }) => {
        if (!data.rehearsed) this.#count(data.playbookId, { [data.outcome]: 1 }, at);
      },
      "playbook.relapsed": ({ data }) => this.#count(data.playbookId, { fixed: -1, relapsed: 1 }),
    });
  }

  snapshot(): Snapshot {
    return { rows: [...this.#rows.values()], refused: this.#refused };
  }

  restore(value: unknown): void {
    const { rows, refused } = state(value, this.name);
    refill(
      this.#rows,
      rows.map((one) => [one.id, one]),
    );
    this.#refused = refused;
  }

  get(id: string): PlaybookRow | undefined {
    return this.#rows.get(id);
  }

  /** By id. */
  list(): readonly PlaybookRow[] {
    return [...this.#rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Files that the last reading refused, and why. */
  refused(): readonly { readonly file: string; readonly reason: string }[] {
    return this.#refused;
  }

  #count(id: string, by: Partial<Record<Outcome, number>>, atMs?: number): void {
    this.#change(id, ({ outcomes }) => ({
      outcomes: { ...outcomes, ...mapped(by, (outcome, n) => Math.max(0, outcomes[outcome] + n)) },
      ...(atMs !== undefined && { lastRunAtMs: atMs }),
    }));
  }

  #change(id: string, change: (row: PlaybookRow) => Partial<PlaybookRow>): void {
    const row = this.#rows.get(id) ?? { id, hash: "", enabled: true, loaded: false, outcomes: none };
    this.#rows.set(id, { ...row, ...change(row) });
  }
}

/** Fixed among the runs whose effect was verified either way: what could not be read says nothing. */
export function verifiedSuccess({ outcomes }: Pick<PlaybookRow, "outcomes">): Share {
  const n = outcomes.fixed + outcomes.not_fixed + outcomes.relapsed;
  return n === 0 ? { value: null, n, why: "no run has been verified yet" } : { value: outcomes.fixed / n, n };
}

function mapped(
  counts: Partial<Record<Outcome, number>>,
  map: (outcome: Outcome, n: number) => number,
): Partial<Record<Outcome, number>> {
  const result: Partial<Record<Outcome, number>> = {};
  for (const [outcome, n] of Object.entries(counts) as [Outcome, number][]) result[outcome] = map(outcome, n);
  return result;
}
