import type { Condition } from "./condition-form.ts";
import { reader } from "./match.ts";

/** An event as far as rules are found for it. */
export interface Indexed {
  readonly type: string;
  readonly data: unknown;
}

/** A rule as far as it is found. */
interface Findable {
  readonly playbook: { readonly trigger: { readonly condition: Condition } };
  listens(type: string): boolean;
}

/** Event types are the users' to invent: the index forgets everything when it has seen this many. */
const TYPES_KEPT = 4096;

/**
 * Finds the rules that may match an event, in their order: those that listen to its type, without those of which it is
 * certain at a glance that they do not, because the event has another value where they ask for one of a few.
 *
 * A rule that is left out would not have matched. One that is found may still not match.
 */
export function indexRules<R extends Findable>(rules: readonly R[]): (event: Indexed) => readonly R[] {
  const byType = new Map<string, TypeIndex<R>>();
  return (event) => {
    const known = byType.get(event.type);
    if (known !== undefined) return known.find(event);
    if (byType.size >= TYPES_KEPT) byType.clear();
    const index = new TypeIndex(rules.filter((rule) => rule.listens(event.type)));
    byType.set(event.type, index);
    return index.find(event);
  };
}

/** A value that an event must have at a path, one of a few, for a condition to hold. */
interface Demand {
  readonly path: string;
  readonly values: readonly unknown[];
}

interface Placed<R> {
  readonly rule: R;
  readonly place: number;
}

/** Rules that are found together, ready to be given away. */
interface Group<R> {
  readonly placed: readonly Placed<R>[];
  readonly rules: readonly R[];
}

/** The rules of one type by what they demand, each by the demand that the fewest share. */
class TypeIndex<R extends Findable> {
  readonly #all: readonly R[];
  readonly #anyway: Group<R>;
  readonly #paths: readonly {
    readonly read: (facts: unknown) => unknown;
    readonly byValue: ReadonlyMap<unknown, Group<R>>;
  }[];

  constructor(rules: readonly R[]) {
    this.#all = rules;
    const demanding = rules.map((rule, place) => ({
      rule,
      place,
      demands: demandsOf(rule.playbook.trigger.condition),
    }));
    const sharing = counted(demanding.flatMap(({ demands }) => demands));
    const paths = new Map<string, Map<unknown, Placed<R>[]>>();
    const anyway: Placed<R>[] = [];
    for (const { rule, place, demands } of demanding) {
      const rarest = demands.toSorted((a, b) => sharing(a) - sharing(b))[0];
      if (rarest === undefined) anyway.push({ rule, place });
      else {
        const byValue = paths.get(rarest.path) ?? new Map<unknown, Placed<R>[]>();
        paths.set(rarest.path, byValue);
        for (const value of new Set(rarest.values))
          byValue.set(value, [...(byValue.get(value) ?? []), { rule, place }]);
      }
    }
    this.#anyway = grouped(anyway);
    this.#paths = [...paths].map(([path, byValue]) => ({
      read: reader(path),
      byValue: new Map([...byValue].map(([value, placed]) => [value, grouped(placed)])),
    }));
  }

  find(event: Indexed): readonly R[] {
    if (this.#paths.length === 0) return this.#all;
    const facts = { event };
    let found = this.#anyway;
    for (const { read, byValue } of this.#paths) {
      const here = byValue.get(read(facts));
      if (here !== undefined) found = found.placed.length === 0 ? here : merged(found, here);
    }
    return found.rules;
  }
}

/** What has to hold of the event alone, whatever else has. */
function demandsOf(condition: Condition): readonly Demand[] {
  if (condition.kind === "all") return condition.of.flatMap(demandsOf);
  if (condition.kind !== "leaf" || !condition.path.startsWith("event.")) return [];
  const { path, op, operand } = condition;
  if (op === "in") return [{ path, values: operand as readonly unknown[] }];
  // Objects are compared by what they hold, and a map cannot.
  return op === "eq" && (typeof operand !== "object" || operand === null) ? [{ path, values: [operand] }] : [];
}

/** How many rules a demand leaves: the sum over its values of how often each is demanded there. */
function counted(demands: readonly Demand[]): (demand: Demand) => number {
  const counts = new Map<string, Map<unknown, number>>();
  for (const { path, values } of demands) {
    const at = counts.get(path) ?? new Map<unknown, number>();
    counts.set(path, at);
    for (const value of values) at.set(value, (at.get(value) ?? 0) + 1);
  }
  return ({ path, values }) => values.reduce((sum: number, value) => sum + (counts.get(path)?.get(value) ?? 0), 0);
}

/** Both in the order of the rules. */
function merged<R>(some: Group<R>, others: Group<R>): Group<R> {
  return grouped([...some.placed, ...others.placed].sort((a, b) => a.place - b.place));
}

function grouped<R>(placed: readonly Placed<R>[]): Group<R> {
  return { placed, rules: placed.map(({ rule }) => rule) };
}
