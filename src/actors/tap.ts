import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";

/**
 * Watches the host's actors. The host calls it synchronously with references only and trusts it to be quick;
 * an implementation keeps no more of what it is given than a bounded number. One that throws is reported, and is called
 * no more when it goes on throwing.
 */
export interface Tap {
  /** `atMs` is the time of the event that gave birth to it; absent for actors that exist from the start. */
  born(id: string, machine: AnyStateMachine, snapshot: AnyMachineSnapshot, atMs?: number): void;
  moved(id: string, event: { readonly type: string; readonly at?: number }, snapshot: AnyMachineSnapshot): void;
  gone(id: string): void;
  /** It failed and waits for its restart, which tells of it as `born`. */
  held(id: string, why: string): void;
}
