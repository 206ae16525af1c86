import type { AnyStateMachine } from "xstate";

/** What a statechart consists of. Contexts, inputs and functions are not among it. */
const members: ReadonlySet<string> = new Set([
  "id",
  "version",
  "description",
  "type",
  "initial",
  "history",
  "target",
  "guard",
  "actions",
  "entry",
  "exit",
  "always",
  "after",
  "on",
  "states",
  "reenter",
  "tags",
  "params",
]);
/** Members whose own members are names given by the machine, not ours. */
const named: ReadonlySet<string> = new Set(["on", "states", "after", "params"]);

const written = new WeakMap<AnyStateMachine, string>();

/** A machine's definition as the inspection protocol carries it: JSON text of its states and transitions alone. */
export function definitionOf(machine: AnyStateMachine): string {
  const known = written.get(machine);
  if (known !== undefined) return known;
  const text = JSON.stringify(structure(machine.config, false));
  written.set(machine, text);
  return text;
}

function structure(value: unknown, names: boolean): unknown {
  if (typeof value !== "object" || value === null) return typeof value === "function" ? undefined : value;
  if (Array.isArray(value)) return value.map((member) => structure(member, false) ?? null);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => names || members.has(name))
      .map(([name, member]) => [name, structure(member, names ? false : named.has(name))]),
  );
}
