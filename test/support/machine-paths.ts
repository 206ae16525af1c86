import type { AnyStateMachine, SnapshotFrom } from "xstate";
import { getAdjacencyMap } from "xstate/graph";

/** A way through a machine: what it hears, one after the other, and where the model says that this ends. */
export interface Path<E> {
  readonly name: string;
  readonly events: readonly E[];
  readonly end: unknown;
  /** Whether the last event comes when the machine has ended. */
  readonly over: boolean;
}

interface Node<E> {
  readonly state: { readonly value: unknown; readonly status: string };
  readonly transitions: Readonly<Record<string, { readonly event: E; readonly state: { readonly value: unknown } }>>;
}

/**
 * For every event in every reachable state of a machine one shortest path that ends with it, also where the event changes
 * nothing. `seen` tells situations apart; the paths are told apart by the states and the event's label alone.
 */
export function pathsOf<M extends AnyStateMachine, E extends { readonly type: string; readonly label: string }>(
  machine: M,
  options: {
    /** Where the machine stands at first. */
    readonly from: SnapshotFrom<M>;
    readonly events: readonly E[];
    readonly seen: (snapshot: SnapshotFrom<M>) => string;
  },
): readonly Path<E>[] {
  const map = getAdjacencyMap(machine as never, {
    fromState: options.from as never,
    events: options.events as never,
    serializeState: options.seen as never,
    serializeEvent: (({ label }: E) => label) as never,
    limit: 20_000,
  }) as unknown as Readonly<Record<string, Node<E>>>;
  const ways = waysOf(map, options.seen as (state: unknown) => string);
  const paths = new Map<string, Path<E>>();
  for (const [key, events] of ways) {
    const { state, transitions } = map[key] as Node<E>;
    for (const { event, state: next } of Object.values(transitions)) {
      const name = `${JSON.stringify(state.value)} on ${event.label} to ${JSON.stringify(next.value)}`;
      const over = state.status !== "active";
      if (!paths.has(name)) paths.set(name, { name, events: [...events, event], end: next.value, over });
    }
  }
  return [...paths.values()];
}

/** A shortest way to each situation; the first one is where the machine begins. */
function waysOf<E>(
  map: Readonly<Record<string, Node<E>>>,
  seen: (state: unknown) => string,
): ReadonlyMap<string, readonly E[]> {
  const [first] = Object.keys(map);
  if (first === undefined) throw new Error("the machine has no states");
  const ways = new Map<string, readonly E[]>([[first, []]]);
  for (const [key, events] of ways) {
    for (const { event, state } of Object.values(map[key]?.transitions ?? {})) {
      const next = seen(state);
      if (!ways.has(next) && map[next] !== undefined) ways.set(next, [...events, event]);
    }
  }
  return ways;
}
