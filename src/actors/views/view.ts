import type { AnyEvent } from "../../events/envelope.ts";
import type { Checkpointed } from "../../kernel/checkpointed.ts";

/** A read model: what it answers is a function of the events it heard. Its rows are replaced, never changed in place. */
export interface View extends Checkpointed {
  readonly apply: Hears;
}

/** Hears events: of `types` alone where it names them, else all. */
export interface Hears {
  (event: AnyEvent): void;
  readonly types?: ReadonlySet<string>;
}

/** Puts these entries, in this order, in the place of all that the map held. */
export function refill<K, V>(map: Map<K, V>, entries: Iterable<readonly [K, V]>): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}
