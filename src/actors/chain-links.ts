import { chainUpTo, followerOf, type Link } from "../domain/playbook/chain.ts";
import { type AnyEvent, type EventOf, is } from "../events/envelope.ts";
import { listOf, row, type Shape } from "../kernel/shape.ts";

type Settled = EventOf<"playbook.settled">;

/**
 * Runs of a chain that ended without help, and of which the journal does not yet say what followed. Folded from it, so
 * that an engine that was killed between two runs takes up what is open, and nothing else.
 */
export class ChainLinks {
  readonly #open = new Map<string, Settled>();
  /** Runs whose sequel is being decided. */
  readonly #taken = new Set<string>();

  note(event: AnyEvent): void {
    const before = lastBefore(event);
    if (before !== undefined) {
      this.#open.delete(before);
      this.#taken.delete(before);
    }
    if (is(event, "playbook.settled") && followerOf(event.data) !== undefined)
      this.#open.set(event.data.runId, event as Settled);
  }

  /** Every run that waits for what follows it, oldest first. */
  open(): readonly Settled[] {
    return [...this.#open.values()];
  }

  /** The run that ended with this event, to be followed by whoever asked; `undefined` when nothing follows or somebody asked before. */
  take(event: AnyEvent): Settled | undefined {
    if (!is(event, "playbook.settled")) return undefined;
    const { runId } = event.data;
    const open = this.#open.get(runId);
    if (open === undefined || this.#taken.has(runId)) return undefined;
    this.#taken.add(runId);
    return open;
  }

  snapshot(): readonly Settled[] {
    return this.open();
  }

  restore(open: readonly Settled[]): void {
    this.#open.clear();
    this.#taken.clear();
    for (const settled of open) this.#open.set(settled.data.runId, settled);
  }
}

export const openLinks: Shape<Settled[]> = listOf(row<Settled>());

export function linkAfter({ id, data }: Settled): Link {
  return { settledId: id, target: data.target, after: chainUpTo(data) };
}

function lastBefore(event: AnyEvent): string | undefined {
  if (is(event, "playbook.matched") || is(event, "playbook.suppressed") || is(event, "playbook.settled"))
    return event.data.after?.at(-1)?.runId;
  return undefined;
}
