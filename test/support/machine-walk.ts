import { deepStrictEqual } from "node:assert";
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type SnapshotFrom,
  type StateNode,
  type TransitionDefinition,
  transition as transitionOf,
} from "xstate";
import { getAdjacencyMap } from "xstate/graph";
import { Stage } from "../../src/actors/stage.ts";

type Transition = TransitionDefinition<never, never>;

/** In so many situations each transition is compared: what a machine has by the thousand differs in numbers alone. */
const COMPARED = 100;

export interface Walk {
  /** Dotted paths of every state, and which of them were visited. */
  readonly states: ReadonlySet<string>;
  readonly visited: ReadonlySet<string>;
  /** Every transition of the machine that an event can select, by source and event, and which were never taken. */
  readonly transitions: number;
  readonly untaken: readonly string[];
}

/**
 * Walks a machine through everything the given events can make of it. `seen` tells situations apart.
 *
 * @throws where the stage on which actors are run takes another step than XState by itself
 */
export function walk<M extends AnyStateMachine>(
  machine: M,
  options: {
    readonly input: unknown;
    readonly events: readonly { readonly type: string; readonly at: number }[];
    readonly seen: (snapshot: SnapshotFrom<M>) => string;
  },
): Walk {
  const map = getAdjacencyMap(machine as never, {
    input: options.input as never,
    events: options.events as never,
    serializeState: options.seen as never,
    limit: 20_000,
  }) as unknown as Record<
    string,
    {
      readonly state: AnyMachineSnapshot;
      readonly transitions: Record<string, { readonly event: { readonly type: string } }>;
    }
  >;
  const stage = new Stage(machine);
  const taken = new Set<unknown>();
  const compared = new Map<unknown, number>();
  const visited = new Set<string>();
  for (const { state, transitions } of Object.values(map)) {
    for (const node of state._nodes as readonly StateNode[]) visited.add(node.path.join("."));
    for (const { event } of Object.values(transitions)) {
      for (const transition of machine.getTransitionData(state as never, event as never) ?? []) {
        taken.add(transition);
        const times = compared.get(transition) ?? 0;
        if (times < COMPARED) expectSameStep(stage, state, event as never);
        compared.set(transition, times + 1);
      }
    }
  }
  const all = nodesOf(machine.root as unknown as StateNode);
  const named = all.flatMap((node) =>
    [...node.transitions.values()].flat().map((transition, index) => ({
      transition: transition as unknown as Transition,
      name: `${node.path.join(".") || "root"} on ${(transition as unknown as Transition).eventType} #${index}`,
    })),
  );
  return {
    states: new Set(all.map((node) => node.path.join("."))),
    visited,
    transitions: named.length,
    untaken: named.filter(({ transition }) => !taken.has(transition)).map(({ name }) => name),
  };
}

/** Holds a step of the stage against the one that XState takes: the whole snapshot and all that is said. */
export function expectSameStep(stage: Stage, from: AnyMachineSnapshot, event: { readonly type: string }): void {
  const [snapshot, actions] = transitionOf(from.machine as AnyStateMachine, from, event);
  const outputs = (actions as readonly { readonly type: string; readonly params: unknown }[]).flatMap(
    ({ type, params }) => (type === "xstate.emit" ? [(params as { readonly event: unknown }).event] : []),
  );
  deepStrictEqual(seenOf(stage.step(from, event)), seenOf({ snapshot: snapshot as AnyMachineSnapshot, outputs }));
}

/** Functions and nodes are compared as such. */
function seenOf({
  snapshot,
  outputs,
}: {
  readonly snapshot: AnyMachineSnapshot;
  readonly outputs: readonly unknown[];
}) {
  const { _nodes, machine, ...others } = snapshot;
  const nodes = (_nodes as readonly StateNode[]).map(({ id }) => id);
  return { ...others, members: Object.keys(snapshot), machine: machine.id as string, nodes, outputs };
}

/** States of the machine that only the walk's `always` steps pass through are never rested in. */
export function unvisited({ states, visited }: Walk): readonly string[] {
  return [...states].filter((state) => state !== "" && !visited.has(state));
}

function nodesOf(node: StateNode): readonly StateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => nodesOf(child as StateNode))];
}
