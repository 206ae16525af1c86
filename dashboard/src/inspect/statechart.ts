/** A state of a statechart, for drawing. */
export interface StateNode {
  readonly name: string;
  readonly lit: boolean;
  /** Entered first among its siblings. */
  readonly initial: boolean;
  readonly final: boolean;
  /** Its states are all active side by side. */
  readonly parallel: boolean;
  readonly moves: readonly Move[];
  readonly states: readonly StateNode[];
}

/** What leads from a state to others. */
export interface Move {
  /** The event's type; empty when the state is left at once. */
  readonly event: string;
  /** More than one where guards decide. */
  readonly targets: readonly string[];
}

/** The statechart in a definition, as the protocol carries it, with the states lit that `value` names. */
export function statechartOf(definition: string | undefined, value: unknown): StateNode | undefined {
  if (definition === undefined) return undefined;
  try {
    const root: unknown = JSON.parse(definition);
    return stateOf(text(membersOf(root)["id"]), root, value, { lit: true, initial: false });
  } catch {
    return undefined;
  }
}

function stateOf(
  name: string,
  node: unknown,
  value: unknown,
  { lit, initial }: Pick<StateNode, "lit" | "initial">,
): StateNode {
  const { states, on, always, type, initial: first } = membersOf(node);
  return {
    name,
    lit,
    initial,
    final: type === "final",
    parallel: type === "parallel",
    moves: movesOf(on, always),
    states: Object.entries(membersOf(states)).map(([child, below]) => {
      const active = lit && (value === child || Object.hasOwn(membersOf(value), child));
      return stateOf(child, below, membersOf(value)[child], { lit: active, initial: first === child });
    }),
  };
}

function movesOf(on: unknown, always: unknown): readonly Move[] {
  const all = [...Object.entries(membersOf(on)), ["", always] as const];
  return all
    .map(([event, transitions]) => ({ event, targets: targetsOf(transitions) }))
    .filter(({ targets }) => targets.length > 0);
}

/** Each once and without the mark that says where the name is looked up. A transition that stays has none. */
function targetsOf(transitions: unknown): readonly string[] {
  const all = Array.isArray(transitions) ? transitions : [transitions];
  const names = all.map((one) => text(typeof one === "string" ? one : membersOf(one)["target"]));
  return [...new Set(names.filter((name) => name !== "").map((name) => name.replace(/^(\.|#[^.]*\.)/, "")))];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
