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
import { type Choice, TransitionChoice } from "./transition-choice.ts";

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
 * The steps between states that lie beside each other, of actions that assign and emit, without what XState keeps for all
 * other steps: sets of nodes to leave and to enter, microsteps, a snapshot after each action. XState says which transition
 * is taken where a guard is more than a question to the context and the event.
 *
 * Invariants:
 *  1. A step that is answered here is the one that XState would have taken: the same snapshot, outputs and failure.
 *  2. What this does not know is not answered, and has changed nothing: delays, actors, raised events, final states.
 */
export class PlainSteps {
  readonly #machine: AnyStateMachine;
  readonly #self: Pick<AnyActorScope, "self" | "system">;
  /** The states that may be left by a plain step, with nothing that goes on by itself. */
  readonly #plain: ReadonlySet<AnyStateNode>;
  readonly #choice: TransitionChoice;
  /** By transition and the state that it is taken in. */
  readonly #ways = new Map<AnyTransitionDefinition, Map<AnyStateNode, Way | "unknown">>();
  readonly #places = new Map<AnyStateNode, Place>();

  constructor(machine: AnyStateMachine, self: Pick<AnyActorScope, "self" | "system">) {
    this.#machine = machine;
    this.#self = self;
    this.#choice = new TransitionChoice(machine);
    const isFlat = machine.root.type === "compound" && goesOnOnlyWhenTold(machine.root);
    this.#plain = new Set(isFlat ? childrenOf(machine.root).filter(isPlain) : []);
  }

  /** `undefined` for a step that XState has to take. @throws what the machine throws at what it hears */
  take(from: AnyMachineSnapshot, heard: AnyEventObject): Stepped | undefined {
    const current: AnyStateNode | undefined = from._nodes[1];
    if (current === undefined || !this.#plain.has(current) || from.status !== "active") return undefined;
    if (heard.type.startsWith("xstate.")) return undefined;
    const transition = this.#chosen(from, current, heard);
    if (transition === "unknown") return undefined;
    if (transition === undefined) return { snapshot: from, outputs: [] };
    const way = this.#wayOf(transition, current);
    if (way === "unknown") return undefined;
    const standing: Standing = { context: from.context as Standing["context"], outputs: [] };
    try {
      for (const act of way.acts) act(standing, heard);
    } catch (failure) {
      if (failure instanceof Unplain) return undefined;
      throw failure;
    }
    return { snapshot: this.#moved(from, standing, way.to), outputs: standing.outputs };
  }

  #chosen(from: AnyMachineSnapshot, current: AnyStateNode, heard: AnyEventObject): Choice {
    const choice = this.#choice.of(from, current, heard);
    if (choice !== "unknown") return choice;
    const transitions: readonly AnyTransitionDefinition[] = this.#machine.getTransitionData(from, heard);
    return transitions.length > 1 ? "unknown" : transitions[0];
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

  #wayOf(transition: AnyTransitionDefinition, current: AnyStateNode): Way | "unknown" {
    const known = this.#ways.get(transition)?.get(current);
    if (known !== undefined) return known;
    const ways = this.#ways.get(transition) ?? new Map<AnyStateNode, Way | "unknown">();
    const way = this.#found(transition, current);
    this.#ways.set(transition, ways.set(current, way));
    return way;
  }

  #found({ target, source, actions, reenter }: AnyTransitionDefinition, current: AnyStateNode): Way | "unknown" {
    const [to, ...others] = target ?? [];
    if (others.length > 0 || (reenter && source !== current)) return "unknown";
    if (to === undefined || (to === source && !reenter)) return { acts: this.#acts(actions), to: undefined };
    if (to.type !== "atomic" || !this.#plain.has(to)) return "unknown";
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
function isPlain(node: AnyStateNode): boolean {
  return (node.type === "atomic" || node.type === "final") && goesOnOnlyWhenTold(node);
}

function goesOnOnlyWhenTold({ always, invoke }: AnyStateNode): boolean {
  return (always ?? []).length === 0 && invoke.length === 0;
}
