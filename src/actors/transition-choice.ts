import type {
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  AnyTransitionDefinition,
} from "xstate";

/** Where an event leads: nowhere with `undefined`; `unknown` where XState has to be asked. */
export type Choice = AnyTransitionDefinition | "unknown" | undefined;

type Guard = (asked: { readonly context: unknown; readonly event: AnyEventObject }, params: unknown) => boolean;

/** Event types of which a state remembers what they may lead to. A type may carry an id: there is no end of them. */
const MOST_TYPES = 256;

/**
 * Which transition an event takes in a machine whose states lie beside each other. XState says the same, but remembers
 * every type that it was ever asked about, and a deadline's type names whose it is.
 */
export class TransitionChoice {
  readonly #machine: AnyStateMachine;
  readonly #candidates = new Map<AnyStateNode, Map<string, readonly AnyTransitionDefinition[]>>();

  constructor(machine: AnyStateMachine) {
    this.#machine = machine;
  }

  of(from: AnyMachineSnapshot, current: AnyStateNode, event: AnyEventObject): Choice {
    const own = this.#among(current, from, event);
    return own === undefined ? this.#among(this.#machine.root, from, event) : own;
  }

  #among(node: AnyStateNode, { context }: AnyMachineSnapshot, event: AnyEventObject): Choice {
    for (const candidate of this.#candidatesOf(node, event.type)) {
      const { guard } = candidate;
      if (guard === undefined) return candidate;
      const passes = this.#holds(guard, context, event);
      if (passes === "unknown") return "unknown";
      if (passes) return candidate;
    }
    return undefined;
  }

  /** A guard that consists of others, looks at states or throws is XState's to ask. */
  #holds(guard: unknown, context: unknown, event: AnyEventObject): boolean | "unknown" {
    const named = typeof guard === "string" ? { type: guard } : (guard as { readonly type?: string; params?: unknown });
    const asked = typeof guard === "function" ? guard : this.#machine.implementations.guards[named.type ?? ""];
    if (typeof asked !== "function" || "check" in asked) return "unknown";
    const params = typeof guard === "function" ? undefined : named.params;
    try {
      const given = typeof params === "function" ? (params as Guard)({ context, event }, undefined) : params;
      return Boolean((asked as Guard)({ context, event }, given));
    } catch {
      return "unknown";
    }
  }

  #candidatesOf(node: AnyStateNode, type: string): readonly AnyTransitionDefinition[] {
    let known = this.#candidates.get(node);
    if (known === undefined) {
      known = new Map();
      this.#candidates.set(node, known);
    }
    let candidates = known.get(type);
    if (candidates === undefined) {
      candidates = candidatesOf(node, type);
      if (known.size >= MOST_TYPES) known.clear();
      known.set(type, candidates);
    }
    return candidates;
  }
}

/** Those of the type itself, then those of the descriptors that fit it, the longest first. */
function candidatesOf({ transitions }: AnyStateNode, type: string): readonly AnyTransitionDefinition[] {
  const byDescriptor: ReadonlyMap<string, readonly AnyTransitionDefinition[]> = transitions;
  const fitting = [...byDescriptor.keys()].filter((descriptor) => descriptor !== type && fits(type, descriptor));
  fitting.sort((a, b) => b.length - a.length);
  return [type, ...fitting].flatMap((descriptor) => byDescriptor.get(descriptor) ?? []);
}

function fits(type: string, descriptor: string): boolean {
  if (descriptor === "*") return true;
  if (!descriptor.endsWith(".*")) return false;
  // `a.*` stands for `a` too.
  const stem = descriptor.slice(0, -2);
  return type === stem || type.startsWith(`${stem}.`);
}
