import { mayReside, residenceOf } from "../agents/index.ts";
import type { Residence } from "../agents/kind.ts";
import { type AnyEvent, is } from "../events/envelope.ts";
import type { Supervision } from "../events/vocabulary.ts";
import type { Checkpointed } from "../kernel/checkpointed.ts";
import { canonical } from "../kernel/hash.ts";
import { listOf, objectOf, optional, pairOf, row, text } from "../kernel/shape.ts";
import { announce, type Output } from "../machines/output.ts";
import type { SupervisorPlan } from "../machines/supervision.ts";
import type { Reflex } from "./kind.ts";

/** Actors of this kind look after resident processes. */
export const RESIDENTS = "residents";

interface Lodger {
  readonly kind: string;
  readonly group?: string | undefined;
  /** Absent while its configuration asks for no supervisor. */
  readonly residence?: Residence | undefined;
  /** Somebody began it, and it has not been stopped or ended for good since. */
  readonly up: boolean;
}

/** How one resident agent is looked after. */
export interface Care {
  readonly supervisor: string;
  readonly restart: Residence["restart"];
  readonly strategy: Supervision["strategy"];
}

/** Failures of a process concern no single event. */
const NEVER = Number.MAX_SAFE_INTEGER;

const saved = objectOf({
  lodgers: listOf(pairOf(text, row<Lodger>())),
  groups: listOf(pairOf(text, row<Supervision>())),
  alone: optional(row<Supervision>()),
  told: listOf(pairOf(text, text)),
});

/**
 * Who looks after which resident agents: those of a declared group share a supervisor, each other has one of its own.
 * Children stand in the order of their registration, and only those that somebody began and nobody stopped.
 */
export class ResidentBook {
  readonly #lodgers = new Map<string, Lodger>();
  readonly #groups = new Map<string, Supervision>();
  #alone: Supervision | undefined;
  /** The plan that each supervisor was told last. */
  readonly #told = new Map<string, string>();

  readonly state: Checkpointed = {
    name: "residents.book",
    version: 1,
    snapshot: () => ({
      lodgers: [...this.#lodgers],
      groups: [...this.#groups],
      alone: this.#alone,
      told: [...this.#told],
    }),
    restore: (value) => {
      const { lodgers, groups, alone, told } = saved(value, "residents.book");
      this.#alone = alone;
      for (const [into, from] of [
        [this.#lodgers, lodgers],
        [this.#groups, groups],
        [this.#told, told],
      ] as const) {
        into.clear();
        for (const [name, one] of from) (into as Map<string, unknown>).set(name, one);
      }
    },
  };

  /** What is declared for a group, or without one for those that stand alone. */
  declared(group: string | undefined): Supervision | undefined {
    return group === undefined ? this.#alone : this.#groups.get(group);
  }

  groups(): readonly string[] {
    return [...this.#groups.keys()];
  }

  /** `undefined` for an agent that asks for no supervisor, and before any was declared. */
  careOf(agentId: string): Care | undefined {
    const lodger = this.#lodgers.get(agentId);
    if (lodger?.residence === undefined) return undefined;
    const supervision = this.#supervisionOf(lodger);
    if (supervision === undefined) return undefined;
    const { restart } = lodger.residence;
    return { supervisor: this.#supervisorOf(agentId, lodger), restart, strategy: supervision.strategy };
  }

  /** Supervisors with somebody to look after, each with its children in the order in which they are started. */
  plans(): ReadonlyMap<string, SupervisorPlan> {
    const plans = new Map<string, SupervisorPlan>();
    for (const [id, lodger] of this.#lodgers) {
      const supervision = this.#supervisionOf(lodger);
      if (!lodger.up || supervision === undefined || lodger.residence === undefined) continue;
      const supervisor = this.#supervisorOf(id, lodger);
      const { children = [] } = plans.get(supervisor) ?? {};
      plans.set(supervisor, planOf(supervision, [...children, { id, restart: lodger.residence.restart }]));
    }
    return plans;
  }

  note(event: AnyEvent): readonly Output[] {
    return this.#change(event) ? this.#news() : [];
  }

  /** Whether anything changed that a plan could depend on. */
  #change(event: AnyEvent): boolean {
    if (is(event, "supervisor.declared")) {
      const { group, supervision } = event.data;
      if (group === undefined) this.#alone = supervision ?? undefined;
      else if (supervision === null) this.#groups.delete(group);
      else this.#groups.set(group, supervision);
      return true;
    }
    if (is(event, "agent.registered")) {
      const { id, kind, config, group } = event.data.agent;
      return this.#lodge(id, kind, config, group);
    }
    if (is(event, "agent.configured")) {
      const known = this.#lodgers.get(event.data.agentId);
      return known !== undefined && this.#lodge(event.data.agentId, known.kind, event.data.config, known.group);
    }
    if (is(event, "agent.process_started")) return event.data.shadow !== true && this.#set(event.data.agentId, true);
    if (is(event, "agent.stopped") || is(event, "agent.archived")) return this.#set(event.data.agentId, false);
    if (!is(event, "agent.resident_ended")) return false;
    const restart = this.#lodgers.get(event.data.agentId)?.residence?.restart;
    const isOver = restart === "temporary" || (restart === "transient" && !event.data.failed);
    return isOver && this.#set(event.data.agentId, false);
  }

  #lodge(id: string, kind: string, config: unknown, group: string | undefined): boolean {
    if (!mayReside(kind)) return this.#lodgers.delete(id);
    const { up = false } = this.#lodgers.get(id) ?? {};
    this.#lodgers.set(id, { kind, group, residence: residenceOf(kind, config), up });
    return true;
  }

  #set(id: string, up: boolean): boolean {
    const lodger = this.#lodgers.get(id);
    if (lodger === undefined || lodger.up === up) return false;
    this.#lodgers.set(id, { ...lodger, up });
    return true;
  }

  #news(): readonly Output[] {
    const plans = this.plans();
    const names = new Set([...this.#told.keys(), ...plans.keys()]);
    return [...names].flatMap((supervisor) => {
      const plan = plans.get(supervisor) ?? this.#emptied(supervisor);
      if (plan === undefined || this.#told.get(supervisor) === canonical(plan)) return [];
      if (plan.children.length === 0) this.#told.delete(supervisor);
      else this.#told.set(supervisor, canonical(plan));
      return [announce("supervisor.planned", { supervisor, plan: mutable(plan) }, { subject: supervisor })];
    });
  }

  /** A supervisor whose children have all gone is told so. */
  #emptied(supervisor: string): SupervisorPlan | undefined {
    const told = this.#told.get(supervisor);
    return told === undefined ? undefined : { ...(JSON.parse(told) as SupervisorPlan), children: [] };
  }

  #supervisionOf({ group, residence }: Lodger): Supervision | undefined {
    const together = group === undefined ? undefined : this.#groups.get(group);
    if (together !== undefined || this.#alone === undefined || residence?.pauseMs === undefined)
      return together ?? this.#alone;
    const { backoff } = this.#alone;
    return {
      ...this.#alone,
      backoff: { ...backoff, firstMs: residence.pauseMs, maxMs: Math.max(backoff.maxMs, residence.pauseMs) },
    };
  }

  #supervisorOf(agentId: string, { group }: Lodger): string {
    return group !== undefined && this.#groups.has(group) ? `${RESIDENTS}/group:${group}` : `${RESIDENTS}/${agentId}`;
  }
}

function planOf({ strategy, restarts, withinMs, backoff }: Supervision, children: SupervisorPlan["children"]) {
  return { strategy, children, intensity: { restarts, withinMs }, backoff, skipAfter: NEVER };
}

function mutable(plan: SupervisorPlan) {
  return { ...plan, children: plan.children.map((child) => ({ ...child })) };
}

/** Tells supervisors of resident agents whom they look after. */
export function residentPlans(book: ResidentBook): Reflex {
  return {
    name: "resident-plans",
    state: book.state,
    listens: [
      "supervisor.declared",
      "agent.registered",
      "agent.configured",
      "agent.process_started",
      "agent.resident_ended",
      "agent.stopped",
      "agent.archived",
    ],
    hear: (event) => book.note(event),
  };
}
