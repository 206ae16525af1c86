import type { AnyActorScope, AnyEventObject, AnyStateMachine } from "xstate";
import type { Output } from "../machines/output.ts";

type Context = Readonly<Record<string, unknown>>;
type Self = Pick<AnyActorScope, "self" | "system">;

/** What a step has come to: the context as it is by now, and what was said so far. */
export interface Standing {
  context: Context;
  readonly outputs: Output[];
}

/** One action of a machine, ready to be carried out. */
export type Act = (standing: Standing, event: AnyEventObject) => void;

/** Thrown where an action wants more than a value: somebody who knows all of XState has to carry it out. */
export class Unplain extends Error {}

type Ask = (given: unknown, params: unknown) => unknown;

/** What XState's own actions carry: what is to be assigned, emitted, or who says what else is to be done. */
interface Own {
  readonly type?: string;
  readonly assignment?: Ask | Readonly<Record<string, unknown>>;
  readonly event?: unknown;
  readonly collect?: Ask;
  readonly resolve?: unknown;
}

/** Makes the actions of a machine ready: those that assign, emit, or choose among such; any other throws `Unplain`. */
export function actOf(action: unknown, { implementations }: AnyStateMachine, self: Self): Act {
  const named = typeof action === "string" ? { type: action } : (action as { readonly type: string; params?: unknown });
  const own = (typeof action === "function" ? action : implementations.actions[named.type]) as Own | undefined;
  const params = typeof action === "function" ? undefined : named.params;
  const act = own?.resolve === undefined ? undefined : plain(own, self);
  if (act === undefined) return unplain;
  return (standing, event) => {
    const { context } = standing;
    act(standing, event, said(params, { context, event }, undefined));
  };
}

function plain(
  own: Own,
  self: Self,
): ((standing: Standing, event: AnyEventObject, params: unknown) => void) | undefined {
  const { assignment, collect } = own;
  if (own.type === "xstate.assign" && assignment !== undefined)
    return (standing, event, params) => assign(standing, event, { assignment, params, self });
  if (own.type === "xstate.emit")
    return (standing, event, params) => emit(standing, event, { said: own.event, params, self });
  if (own.type !== "xstate.enqueueActions" || collect === undefined) return undefined;
  const queue = new Queue(self);
  return (standing, event, params) => {
    const { context } = standing;
    queue.acts = [];
    collect({ context, event, self: self.self, system: self.system, enqueue: queue.enqueue, check: unplain }, params);
    for (const act of queue.acts) act(standing, event);
  };
}

/** Takes down what is enqueued, to be carried out once all of it is known. One for all times an action is carried out. */
class Queue {
  acts: Act[] = [];
  readonly enqueue: unknown;

  constructor(self: Self) {
    this.enqueue = Object.assign(() => unplain(), {
      assign: (assignment: NonNullable<Own["assignment"]>) =>
        void this.acts.push((standing, event) => assign(standing, event, { assignment, params: undefined, self })),
      emit: (said: unknown) =>
        void this.acts.push((standing, event) => emit(standing, event, { said, params: undefined, self })),
      cancel: unplain,
      raise: unplain,
      sendTo: unplain,
      sendParent: unplain,
      spawnChild: unplain,
      stopChild: unplain,
    });
  }
}

function assign(
  standing: Standing,
  event: AnyEventObject,
  what: { readonly assignment: NonNullable<Own["assignment"]>; readonly params: unknown; readonly self: Self },
): void {
  const { assignment, params, self } = what;
  const { context } = standing;
  const asked = { context, event, self: self.self, system: self.system, spawn: unplain };
  // One copy that is written to: this is done at nearly every step, and merging two objects takes several times as long.
  const next: Record<string, unknown> = { ...context };
  const changed = typeof assignment === "function" ? (assignment(asked, params) as Context) : assignment;
  const isMade = changed !== assignment;
  for (const name of Object.keys(changed)) next[name] = isMade ? changed[name] : said(changed[name], asked, params);
  standing.context = next;
}

function emit(
  standing: Standing,
  event: AnyEventObject,
  what: { readonly said: unknown; readonly params: unknown; readonly self: Self },
): void {
  standing.outputs.push(said(what.said, given(standing, event, what.self), what.params) as Output);
}

/** A value, or what a function makes of what it is given. */
function said(value: unknown, asked: unknown, params: unknown): unknown {
  return typeof value === "function" ? (value as Ask)(asked, params) : value;
}

function given({ context }: Standing, event: AnyEventObject, { self, system }: Self) {
  return { context, event, self, system };
}

function unplain(): never {
  throw new Unplain();
}
