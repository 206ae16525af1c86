import type { Fault } from "../../kernel/errors.ts";
import { anySelection, type Catalogue, type Publication } from "./catalogue.ts";
import type { MatchFacts } from "./facts.ts";
import { hasReference } from "./references.ts";
import { type Indexed, indexRules } from "./rule-index.ts";
import type { Playbook } from "./schema.ts";

interface Read {
  readonly playbook: Playbook;
  listens(type: string): boolean;
  matches(facts: MatchFacts): boolean;
}

/** That one playbook publishes what certainly calls for another one. */
interface Leads {
  readonly to: string;
  readonly index: number;
  readonly type: string;
}

/**
 * What is wrong with playbooks whose own events call for them again, by themselves or through others, by their ids. Judged
 * is what is certain: data that only the triggering event can fill in are left to the guard against loops at run time.
 */
export function judgeLoops(rules: ReadonlyMap<string, Read>, catalogue: Catalogue): ReadonlyMap<string, Fault> {
  const find = indexRules([...rules.values()]);
  const leads = new Map([...rules].map(([id, rule]) => [id, leadsOf(rule, find, catalogue)] as const));
  const faults = new Map<string, Fault>();
  for (const [id, first] of leads) {
    for (const lead of first) {
      const back = wayBack(lead.to, id, leads);
      if (back === undefined) continue;
      faults.set(id, { path: `actions[${lead.index}]`, message: says(lead.type, [id, ...back]) });
      break;
    }
  }
  return faults;
}

function says(type: string, way: readonly string[]): string {
  const loop = way.length === 2 ? "which calls for this playbook again" : `which leads back here (${way.join(" → ")})`;
  return `publishes ${type}, ${loop}: publish another type, or add a condition that this event does not fulfil`;
}

function leadsOf(
  { playbook }: Read,
  find: (event: Indexed) => readonly Read[],
  catalogue: Catalogue,
): readonly Leads[] {
  return playbook.actions.flatMap(({ type, params }, index) => {
    const kind = catalogue.actions.get(type);
    if (kind === undefined || hasReference(params)) return [];
    const settled = kind.settle(params, anySelection);
    const published: readonly Publication[] = settled.kind === "ok" ? settled.publishes : [];
    return published.flatMap((event) =>
      find(event).flatMap((rule) =>
        rule.matches({ event }) ? [{ to: rule.playbook.id, index, type: event.type }] : [],
      ),
    );
  });
}

/** From one playbook to another: the ids on the shortest way, with both; `undefined` where there is none. */
function wayBack(
  from: string,
  home: string,
  leads: ReadonlyMap<string, readonly Leads[]>,
): readonly string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
  for (const [at] of cameFrom) {
    if (at === home) return wayTo(at, cameFrom);
    for (const { to } of leads.get(at) ?? []) if (!cameFrom.has(to)) cameFrom.set(to, at);
  }
  return undefined;
}

function wayTo(end: string, cameFrom: ReadonlyMap<string, string | undefined>): readonly string[] {
  const way: string[] = [];
  for (let at: string | undefined = end; at !== undefined; at = cameFrom.get(at)) way.unshift(at);
  return way;
}
