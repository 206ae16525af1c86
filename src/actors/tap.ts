import type { AnyActorRef, AnyStateMachine } from "xstate";

/**
 * Watches the host's actors. The host calls it synchronously with references only and trusts it to be quick;
 * an implementation must not throw and must not keep what it is given beyond the newest snapshot of each actor.
 */
export interface Tap {
  born(id: string, machine: AnyStateMachine, actor: AnyActorRef): void;
  moved(id: string, event: { readonly type: string }, actor: AnyActorRef): void;
  gone(id: string): void;
}
