import { sayInterference } from "../../domain/interference.ts";
import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent, EventOf } from "../../events/envelope.ts";
import type { Proposal } from "../../events/types/evolution.ts";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { canonical } from "../../kernel/hash.ts";
import { anything, groupsOf, objectOf, pairOf, row, text } from "../../kernel/shape.ts";
import { Newest } from "./newest.ts";
import { refill, type View } from "./view.ts";

export type ImprovementState =
  | "asking"
  | "shadowing"
  | "trying"
  | "keeping"
  | "undoing"
  | "kept"
  | "rolled_back"
  | "rejected"
  | "abandoned";

export interface ImprovementRow {
  readonly proposal: Proposal;
  readonly state: ImprovementState;
  /** Blocks that have counted, in order. */
  readonly blocks: readonly { readonly control: boolean; readonly candidate: boolean }[];
  readonly lead: number;
  readonly difference: EventOf<"evolution.block_judged">["data"]["difference"];
  /** What its trial found of the present version's own tasks, once it is over. */
  readonly interference?: EventOf<"evolution.decided">["data"]["interference"];
  /** How its shadow stands, or stood at its end; absent where it had none. */
  readonly shadow?: Omit<EventOf<"evolution.shadow_judged">["data"], "improvementId" | "agentId"> | undefined;
  /** Why it ended as it did. */
  readonly outcome?: string | undefined;
  /** After a rollback: whether what holds now is, byte for byte, what held before. */
  readonly same?: boolean | undefined;
  readonly proposedAtMs: number;
  readonly changedAtMs: number;
}

const noPairs = { pairs: 0, control: 0, candidate: 0, lost: 0, won: 0 };
const open: ReadonlySet<ImprovementState> = new Set(["asking", "shadowing", "trying", "keeping", "undoing"]);

/** What was tried with the agents' configurations, is tried now, and what became of it. */
export class EvolutionView implements View {
  readonly name = "evolution";
  readonly version = 1;
  readonly #rows: Newest<ImprovementRow>;
  /** Of trials under way: which one a task belongs to. */
  readonly #tasks = new Map<string, string>();
  readonly apply: (event: AnyEvent) => void;

  constructor(capacity = 2_000) {
    this.#rows = new Newest({ capacity, holds: ({ state }) => open.has(state) || state === "kept" });
    this.apply = dispatcher({
      "evolution.proposed": ({ data, at }) =>
        this.#rows.set(data.improvementId, {
          proposal: data,
          state: data.asks ? "asking" : "trying",
          blocks: [],
          lead: 0,
          difference: null,
          proposedAtMs: at,
          changedAtMs: at,
        }),
      "evolution.shadow_started": ({ data, at }) =>
        this.#change(data.improvementId, at, { state: "shadowing", shadow: noPairs }),
      "evolution.shadow_began": ({ data }) => {
        this.#tasks.set(data.taskId, data.improvementId);
      },
      "evolution.shadow_judged": ({ data: { improvementId, pairs, control, candidate, lost, won }, at }) =>
        this.#change(improvementId, at, { shadow: { pairs, control, candidate, lost, won } }),
      "evolution.trial_started": ({ data, at }) => this.#change(data.improvementId, at, { state: "trying" }),
      "evolution.assigned": ({ data }) => {
        this.#tasks.set(data.taskId, data.improvementId);
      },
      "evolution.block_judged": ({ data, at }) => {
        const { improvementId, control, candidate, lead, difference } = data;
        const blocks = [...(this.get(improvementId)?.blocks ?? []), { control, candidate }];
        this.#change(improvementId, at, { blocks, lead, difference });
      },
      "evolution.decided": ({ data, at }) => {
        const { verdict, reason, improvementId, interference } = data;
        const state = verdict === "keep" ? "keeping" : "undoing";
        const says = reason === "interference" && interference !== undefined;
        this.#change(improvementId, at, {
          state,
          outcome: says ? sayInterference(interference) : reason,
          interference,
        });
      },
      "evolution.kept": ({ data, at }) => this.#end(data.improvementId, at, { state: "kept" }),
      "evolution.rollback_requested": ({ data, at }) =>
        this.#change(data.improvementId, at, { state: "undoing", outcome: `taken back by ${data.by}` }),
      "evolution.rolled_back": ({ data, at }) =>
        this.#end(data.improvementId, at, { state: "rolled_back", same: data.same }),
      "evolution.rejected": ({ data, at }) =>
        this.#end(data.improvementId, at, { state: "rejected", outcome: `${data.by}: ${data.reason}` }),
      "evolution.abandoned": ({ data, at }) =>
        this.#end(data.improvementId, at, { state: "abandoned", outcome: data.reason }),
    });
  }

  snapshot(): Snapshot {
    return { rows: this.#rows.snapshot(), tasks: inGroups([...this.#tasks]) };
  }

  restore(value: unknown): void {
    const { rows, tasks } = saved(value, this.name);
    this.#rows.restore(rows, row<ImprovementRow>(), `${this.name}.rows`);
    refill(this.#tasks, tasks);
  }

  get(id: string): ImprovementRow | undefined {
    return this.#rows.get(id);
  }

  /** Newest first. */
  list(): readonly ImprovementRow[] {
    return this.#rows.list();
  }

  /** The improvement of an agent that is not over yet: there is one at a time. */
  openOf(agentId: string): ImprovementRow | undefined {
    return this.#rows.list().find(({ proposal, state }) => proposal.agentId === agentId && open.has(state));
  }

  /** Those of an agent that somebody else's change of it would disturb. */
  livingOf(agentId: string): readonly ImprovementRow[] {
    return this.#rows
      .list()
      .filter(({ proposal, state }) => proposal.agentId === agentId && (open.has(state) || state === "kept"));
  }

  /**
   * Trials that want to know how a task ended: the one it belongs to, quarantines whose work that agent does, and what
   * still asks about that agent, which is compared with how it does until then.
   */
  concernedBy(taskId: string, agentId: string | undefined): readonly string[] {
    const own = this.#tasks.get(taskId);
    const others = this.#rows
      .list()
      .filter(({ proposal, state }) => agentId !== undefined && awaits(proposal, state, agentId))
      .map(({ proposal }) => proposal.improvementId);
    return own === undefined ? others : [own, ...others];
  }

  /** Kinds of the changes that were made because of a failure, by any of its names, and stayed; oldest first. */
  keptFor(fingerprints: readonly string[]): readonly string[] {
    return this.#rows
      .list()
      .filter(({ proposal, state }) => fingerprints.includes(proposal.fingerprint) && state === "kept")
      .map(({ proposal }) => proposal.kind)
      .toReversed();
  }

  /** Whether this very change was proposed for the agent before: a second trial would spend its chance of error again. */
  wasTried(agentId: string, patch: unknown): boolean {
    const text = canonical(patch);
    return this.#rows.list().some(({ proposal }) => proposal.agentId === agentId && canonical(proposal.patch) === text);
  }

  #end(id: string, at: number, change: Partial<ImprovementRow>): void {
    for (const [task, improvement] of this.#tasks) if (improvement === id) this.#tasks.delete(task);
    this.#change(id, at, change);
  }

  #change(id: string, at: number, change: Partial<ImprovementRow>): void {
    this.#rows.change(id, (one) => ({ ...one, ...change, changedAtMs: at }));
  }
}

function awaits({ kin, kind, agentId }: Proposal, state: ImprovementState, whose: string): boolean {
  if (state === "trying") return kin.includes(whose);
  return state === "asking" && kind !== "quarantine" && agentId === whose;
}

const saved = objectOf({ rows: anything, tasks: groupsOf(pairOf(text, text)) });
