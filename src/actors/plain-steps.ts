import type {
  AnyActorScope,
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  AnyTransitionDefinition,
} from "xstate";
import type { Output } from "../machines/output.ts";
import { type Act, actOf, type Standing, Unplain } from "./plain-actions.ts";

/** Where a step led, and what the machine wants of the world. */
export interface Stepped {
  readonly snapshot: AnyMachineSnapshot;
  readonly outputs: readonly Output[];
}

/** What is done on the way, in order; `to` where it leads to another state. */
interface Way {
  readonly acts: readonly Act[];
  readonly to: AnyStateNode | undefined;
}

type Place = Pick<AnyMachineSnapshot, "_nodes" | "value" | "tags">;

/**
 * The steps of a machine whose states lie beside each other and whose actions assign and emit, without what XState keeps
 * for all other machines: sets of nodes to leave and to enter, microsteps, a snapshot after each action. XState still says
 * which transition is taken.
 *
 * Invariants:
 *  1. A step that is answered here is the one that XState would have taken: the same snapshot, outputs and failure.
 *  2. What this does not know is not answered, and has changed nothing: delays, actors, raised events, final states.
 */
export class PlainSteps {
  readonly #machine: AnyStateMachine;
  readonly #self: Pick<AnyActorScope, "self" | "system">;
  readonly #isPlain: boolean;
  /** By transition and the state that it is taken in. */
  readonly #ways = new Map<AnyTransitionDefinition, Map<AnyStateNode, Way | "unknown">>();
  readonly #places = new Map<AnyStateNode, Place>();

  constructor(machine: AnyStateMachine, self: Pick<AnyActorScope, "self" | "system">) {
    this.#machine = machine;
    this.#self = self;
    this.#isPlain = machine.root.type === "compound" && [machine.root, ...childrenOf(machine.root)].every(isPlain);
  }

  /** `undefined` for a step that XState has to take. @throws what the machine throws at what it hears */
  take(from: AnyMachineSnapshot, heard: AnyEventObject): Stepped | undefined {
    if (!this.#isPlain || from.status !== "active" || heard.type.startsWith("xstate.")) return undefined;
    const transitions: readonly AnyTransitionDefinition[] = this.#machine.getTransitionData(from, heard);
    const [transition] = transitions;
    if (transition === undefined) return { snapshot: from, outputs: [] };
    const way = this.#wayOf(transition, from._nodes[1]);
    if (way === "unknown" || transitions.length > 1) return undefined;
    const standing: Standing = { context: from.context as Standing["context"], outputs: [] };
    try {
      for (const act of way.acts) act(standing, heard);
    } catch (failure) {
      if (failure instanceof Unplain) return undefined;
      throw failure;
    }
    return { snapshot: this.#moved(from, standing, way.to), outputs: standing.outputs };
  }

  #moved(from: AnyMachineSnapshot, { context }: Standing, to: AnyStateNode | undefined): AnyMachineSnapshot {
    if (to === undefined || to === from._nodes[1]) return context === from.context ? from : { ...from, context };
    return { ...from, context, ...this.#placeOf(to) };
  }

  #placeOf(node: AnyStateNode): Place {
    const known = this.#places.get(node);
    if (known !== undefined) return known;
    const there: AnyMachineSnapshot = this.#machine.resolveState({ value: node.key, context: {} });
    const place: Place = { _nodes: there._nodes, value: node.key, tags: there.tags };
    this.#places.set(node, place);
    return place;
  }

  #wayOf(transition: AnyTransitionDefinition, current: AnyStateNode | undefined): Way | "unknown" {
    if (current === undefined) return "unknown";
    const ways = this.#ways.get(transition) ?? new Map<AnyStateNode, Way | "unknown">();
    this.#ways.set(transition, ways);
    const way = ways.get(current) ?? this.#found(transition, current);
    ways.set(current, way);
    return way;
  }

  #found({ target, source, actions, reenter }: AnyTransitionDefinition, current: AnyStateNode): Way | "unknown" {
    const [to, ...others] = target ?? [];
    if (others.length > 0 || (reenter && source !== current)) return "unknown";
    if (to === undefined || (to === source && !reenter)) return { acts: this.#acts(actions), to: undefined };
    if (to.type !== "atomic" || to.parent !== this.#machine.root) return "unknown";
    return { acts: this.#acts([...current.exit, ...actions, ...to.entry]), to };
  }

  #acts(actions: readonly unknown[]): readonly Act[] {
    return actions.map((action) => actOf(action, this.#machine, this.#self));
  }
}

function childrenOf(root: AnyStateNode): readonly AnyStateNode[] {
  return Object.values(root.states);
}

/** Nothing below it, and nothing that goes on by itself. */
function isPlain({ type, always, invoke, parent }: AnyStateNode): boolean {
  const isFlat = parent === undefined || type === "atomic" || type === "final";
  return isFlat && (always ?? []).length === 0 && invoke.length === 0;
}
