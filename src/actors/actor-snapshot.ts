import type { AnyMachineSnapshot, AnyStateMachine, Snapshot } from "xstate";
import type { Hash } from "../kernel/hash.ts";
import { packed, unpacked } from "../kernel/packed.ts";
import { anything, listOf, number, objectOf, optional, row, type Shape, text } from "../kernel/shape.ts";
import type { Migration, Standing } from "../machines/history.ts";
import type { ActorKind } from "./kind.ts";
import { definitionOf } from "./machine-definition.ts";
import type { Delivery, Resident } from "./residents.ts";

/** Which machine an actor ran on when it was written down. The definition is there to tell a difference in words. */
export interface SavedMachine {
  readonly id: string;
  readonly version: string;
  readonly hash: string;
  readonly definition: string;
}

export interface SavedActor {
  readonly kind: string;
  readonly name: string;
  /** Hash of its machine's definition. */
  readonly machine: string;
  readonly value: unknown;
  /** Packed: contexts hold maps and sets. */
  readonly context: unknown;
  readonly historyValue: unknown;
  /** Sequence of the event that gave birth to it. */
  readonly bornAt?: number | undefined;
  /** What concerned it since it was written down, where it has not run since. */
  readonly missed?: Missed | undefined;
}

export interface Missed {
  readonly waiting: readonly Delivery[];
  /** Deliveries for which there was no room. */
  readonly lost: number;
}

export const savedMachine: Shape<SavedMachine> = objectOf({ id: text, version: text, hash: text, definition: text });
export const savedActor: Shape<SavedActor> = objectOf({
  kind: text,
  name: text,
  machine: text,
  value: anything,
  context: anything,
  historyValue: anything,
  bornAt: optional(number),
  missed: optional(objectOf({ waiting: listOf(row<Delivery>()), lost: number })),
});

/** What a saved actor is to this build. */
export type Judged =
  | { readonly kind: "fits"; readonly snapshot: Snapshot<unknown> }
  | { readonly kind: "unfit"; readonly reason: string; readonly difference: readonly string[] };

export function machineOf(machine: AnyStateMachine, hash: Hash): SavedMachine {
  const definition = definitionOf(machine);
  return { id: machine.id, version: versionOf(machine), hash: hash.sha256(definition).slice(0, 16), definition };
}

/** The actor's state as JSON values. Nothing of it is shared with the running actor. */
export function written(
  { kind, name, bornAt }: Pick<Resident, "kind" | "name" | "bornAt">,
  snapshot: AnyMachineSnapshot,
  machine: SavedMachine,
): SavedActor {
  const { value, context, historyValue } = kind.machine.getPersistedSnapshot(snapshot) as unknown as {
    readonly value: unknown;
    readonly context: unknown;
    readonly historyValue: unknown;
  };
  return {
    kind: kind.name,
    name,
    machine: machine.hash,
    value: structuredClone(value),
    context: packed(context),
    historyValue: structuredClone(historyValue),
    ...(bornAt === undefined ? {} : { bornAt }),
  };
}

/** Whether this build's machine can go on from where a saved actor stood; an older version is migrated first. */
export function judge(
  actor: SavedActor,
  saved: SavedMachine | undefined,
  kind: ActorKind | undefined,
  now: SavedMachine | undefined,
): Judged {
  if (kind === undefined || now === undefined)
    return { kind: "unfit", reason: `there are no actors of kind "${actor.kind}" any more`, difference: [] };
  if (saved === undefined)
    return { kind: "unfit", reason: "the machine it ran on was not written down", difference: [] };
  const stood: Standing = { value: actor.value, context: unpacked(actor.context) as Standing["context"] };
  const unfit = (reason: string, standing: Standing): Judged => ({
    kind: "unfit",
    reason,
    difference: differenceOf(saved, standing, kind, now),
  });
  if (saved.id !== now.id) return unfit(`it ran on machine "${saved.id}", now it is "${now.id}"`, stood);
  if (saved.version === now.version && saved.hash !== now.hash)
    return unfit(`version ${now.version} of its machine had another definition`, stood);
  const migrated = migrate(stood, saved.version, now.version, kind.history?.migrations ?? []);
  if (migrated === undefined)
    return unfit(`version ${saved.version} of its machine is not known here, which has version ${now.version}`, stood);
  const standing = configured(migrated, kind.configured?.(actor.name) ?? {});
  const lost = actor.missed?.lost ?? 0;
  if (lost > 0)
    return {
      kind: "unfit",
      reason: `it missed ${lost} events more than are kept for who does not run`,
      difference: [],
    };
  const wrong = differenceOf(now, standing, kind, now);
  if (wrong.length > 0)
    return { kind: "unfit", reason: `it does not fit version ${now.version} of its machine`, difference: wrong };
  return { kind: "fits", snapshot: snapshotAt(standing, actor.historyValue) };
}

function configured({ value, context }: Standing, now: Readonly<Record<string, unknown>>): Standing {
  return { value, context: { ...context, ...now } };
}

function migrate(standing: Standing, from: string, to: string, ways: readonly Migration[]): Standing | undefined {
  let at = from;
  let migrated = standing;
  // A table that leads in a circle ends nowhere.
  for (let steps = 0; at !== to; steps++) {
    const next = ways.find((way) => way.from === at);
    if (next === undefined || steps > ways.length) return undefined;
    migrated = next.migrate(migrated);
    at = next.to;
  }
  return migrated;
}

function snapshotAt({ value, context }: Standing, historyValue: unknown): Snapshot<unknown> {
  const persisted = { status: "active", value, context, historyValue: historyValue ?? {}, children: {} };
  return { ...persisted, output: undefined, error: undefined } as unknown as Snapshot<unknown>;
}

/** In words: states and members of the context that are gone, and those that are new. */
function differenceOf(
  saved: SavedMachine,
  { value, context }: Standing,
  kind: ActorKind,
  now: SavedMachine,
): readonly string[] {
  const before = statesOfMachine(saved);
  const after = statesOfMachine(now);
  const difference = [
    ...(before === after ? [] : movesOf(before, after)),
    ...statesOf(value)
      .filter((state) => !after.has(state))
      .map((state) => `it stood in "${state}", which is not a state now`),
  ];
  const members = kind.history?.members;
  if (members === undefined) return difference;
  const held = Object.keys(context);
  // A member that was undefined is not written down: of what is missing only what another machine had is new.
  const missing = saved.hash === now.hash ? [] : members.filter((member) => !held.includes(member));
  return [
    ...difference,
    ...held.filter((member) => !members.includes(member)).map((member) => `context member "${member}" is gone`),
    ...missing.map((member) => `context member "${member}" is new, or was undefined`),
  ];
}

function movesOf(before: ReadonlySet<string>, after: ReadonlySet<string>): readonly string[] {
  return [
    ...[...before].filter((state) => !after.has(state)).map((state) => `state "${state}" is gone`),
    ...[...after].filter((state) => !before.has(state)).map((state) => `state "${state}" is new`),
  ];
}

const knownStates = new WeakMap<SavedMachine, ReadonlySet<string>>();

/** Read once for each machine, not for each of its thousands of actors. */
function statesOfMachine(machine: SavedMachine): ReadonlySet<string> {
  const known = knownStates.get(machine) ?? new Set(statesIn(machine.definition));
  knownStates.set(machine, known);
  return known;
}

/** Paths of all states of a definition, as `a.b`. */
function statesIn(definition: string): readonly string[] {
  const within = (node: unknown, path: string): string[] => {
    const { states } = node as { readonly states?: Readonly<Record<string, unknown>> };
    return Object.entries(states ?? {}).flatMap(([name, child]) => {
      const own = path === "" ? name : `${path}.${name}`;
      return [own, ...within(child, own)];
    });
  };
  return within(JSON.parse(definition), "");
}

function statesOf(value: unknown, path = ""): readonly string[] {
  if (typeof value === "string") return [path === "" ? value : `${path}.${value}`];
  if (typeof value !== "object" || value === null) return [`${path}.${String(value)}`];
  return Object.entries(value).flatMap(([name, inner]) => {
    const own = path === "" ? name : `${path}.${name}`;
    return [own, ...statesOf(inner, own)];
  });
}

function versionOf(machine: AnyStateMachine): string {
  return machine.version ?? "0";
}
