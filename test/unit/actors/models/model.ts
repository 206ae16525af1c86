import type { ActorKind } from "../../../../src/actors/kind.ts";
import type { EventData, EventType } from "../../../../src/events/catalog.ts";

/** What a machine is told on a path: something that is journaled, or a deadline of its own that comes. */
export interface Step {
  readonly type: string;
  readonly label: string;
  readonly at: number;
  readonly data?: unknown;
  readonly draft?: Draft;
  /** What else the machine is told, where it hears the event under a name of its own or is given facts. */
  readonly [member: string]: unknown;
}

export interface Draft {
  readonly type: EventType;
  readonly data: unknown;
}

export interface Standing {
  readonly value: unknown;
  readonly context: unknown;
}

export interface Model {
  /** Without its effects: what a machine wants done is not done here. */
  readonly kind: ActorKind;
  /** The actor's name, and what gives birth to it where it is not there from the start. */
  readonly name: string;
  readonly birth?: Draft;
  /** What the event of its birth says to it, where it hears that too. */
  readonly hearsBirth?: Step;
  readonly steps: readonly Step[];
  readonly seen: (standing: Standing) => string;
}

export const AT = Date.UTC(2026, 0, 1);

export const says = <T extends EventType>(type: T, data: EventData<T>, note = ""): Step => ({
  type,
  label: `${type}${note}`,
  at: AT,
  data,
  draft: { type, data },
});
export const comes = (name: string): Step => ({ type: `DEADLINE.${name}`, label: `deadline ${name}`, at: AT + 1e9 });
/** An event that the machine hears under a name of its own. */
export const heardAs = (type: string, draft: Draft, note = ""): Step => ({
  type,
  label: `${type}${note}`,
  at: AT,
  draft,
});

export const restarted = says("engine.started", { version: "1", node: "20", pid: 1, previous: "crashed" });
