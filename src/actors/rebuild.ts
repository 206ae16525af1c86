import type { AnyMachineSnapshot } from "xstate";
import type { EventBus } from "../events/bus.ts";
import type { AnyEvent } from "../events/envelope.ts";
import type { Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Hash } from "../kernel/hash.ts";
import { type Log, silentLog } from "../kernel/log.ts";
import { ActorHost } from "./host.ts";
import type { ActorKind } from "./kind.ts";
import type { Resident } from "./residents.ts";

export interface RebuildDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly hash: Hash;
  readonly host: () => ActorHost;
}

/** The value of a quarantined actor before the event it failed at, or `undefined` where it cannot be folded anew. */
export type Rebuild = (resident: Readonly<Resident>) => Promise<AnyMachineSnapshot | undefined>;

/**
 * Folds one actor's events anew, from the journal and apart from everybody: what a failing step has left behind in
 * memory has no part in the result. Actors that are told facts beside the event (the scheduler, the reactor) cannot be
 * folded alone, and one whose birth is no longer in the journal cannot be folded at all: these go on from their last
 * good value.
 */
export function rebuilder({ bus, clock, log, hash, host }: RebuildDeps): Rebuild {
  return async (resident) => {
    const { id, kind, name, bornAt, held, snapshot } = resident;
    const failedAt = held?.waiting[0]?.event.sequence;
    if (kind.facts !== undefined || bornAt === undefined || failedAt === undefined || snapshot === undefined)
      return undefined;
    const apart = new ActorHost({ bus, clock, hash, log: silentLog }, [alone(kind, name)], []);
    try {
      for await (const event of bus.read({ after: bornAt - 1, until: failedAt - 1 })) {
        if (host().skips.has(id, event.sequence)) apart.skips.add(id, event.sequence);
        apart.hear(event);
      }
    } catch (failure) {
      log.warn("an actor could not be folded anew", { actor: id, failure: messageOf(failure) });
      return undefined;
    }
    const found = apart.resident(id);
    return found === undefined || found.held !== undefined ? undefined : apart.snapshot(id);
  };
}

/** The kind as if it had this one actor. */
function alone(kind: ActorKind, name: string): ActorKind {
  const { birth, perform: _, permanent: _none, ...rest } = kind;
  if (birth === undefined) return rest;
  const only = (event: AnyEvent) => (birth.id(event) === name ? name : undefined);
  return { ...rest, birth: { ...birth, id: only } };
}
