import type { EventBus } from "../events/bus.ts";
import { type AnyEvent, type Cause, is } from "../events/envelope.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Hash } from "../kernel/hash.ts";
import type { Log } from "../kernel/log.ts";
import { histories } from "../machines/history.ts";
import type { SupervisorPlan } from "../machines/supervision.ts";
import { type Restart, type SupervisorEvent, supervisorMachine } from "../machines/supervisor.ts";
import type { BackoffSettings } from "../resilience/backoff.ts";
import type { Intensity } from "../resilience/restarts.ts";
import { chanceOf } from "./chance.ts";
import type { ActorHost } from "./host.ts";
import type { ActorKind } from "./kind.ts";
import { type Rebuild, rebuilder } from "./rebuild.ts";

export interface SupervisionSettings extends Intensity {
  readonly backoff: BackoffSettings;
  readonly skipAfter: number;
}

export interface SupervisionDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly hash: Hash;
  readonly host: () => ActorHost;
}

const ofActor = ({ data }: { readonly data: { readonly actor: string } }) => [data.actor];

/** One supervisor for each of the engine's own actors that has failed: healthy ones cost nothing. */
export function supervisorActors(settings: SupervisionSettings, deps: SupervisionDeps): ActorKind {
  const rebuild = rebuilder(deps);
  return {
    name: "supervisor",
    machine: supervisorMachine,
    history: histories.supervisor,
    supervised: false,
    birth: {
      on: "actor.failed",
      id: (event) => {
        if (!is(event, "actor.failed")) return undefined;
        const { actor } = event.data;
        return actor.startsWith("supervisor/") ? undefined : actor;
      },
      input: (event) =>
        is(event, "actor.failed") ? { id: event.data.actor, plan: planFor(event.data.actor, settings) } : undefined,
    },
    configured: (actor) => ({ plan: planFor(actor, settings) }),
    routes: {
      "actor.failed": ofActor,
      "actor.restarted": ofActor,
      "actor.restart_requested": ofActor,
      "engine.started": () => "all",
    },
    hears,
    async perform(effect, cause) {
      if (effect.name === "restart") await restart(deps, rebuild, effect.params as Restart, cause);
    },
  };
}

function planFor(actor: string, settings: SupervisionSettings): SupervisorPlan {
  const { restarts, withinMs, backoff, skipAfter } = settings;
  const children = [{ id: actor, restart: "transient" }] as const;
  return { strategy: "one_for_one", children, intensity: { restarts, withinMs }, backoff, skipAfter };
}

function hears(event: AnyEvent): SupervisorEvent | undefined {
  const { at } = event;
  if (is(event, "engine.started")) return { type: "ENGINE", at };
  if (is(event, "actor.restarted")) return { type: "UP", at, child: event.data.actor };
  if (is(event, "actor.restart_requested")) return { type: "RESUME", at, by: event.data.by };
  if (!is(event, "actor.failed")) return undefined;
  const { actor, message, eventSequence, eventType } = event.data;
  const reason = `at ${eventType} (${eventSequence}): ${message}`;
  return { type: "FAILED", at, child: actor, reason, chance: chanceOf(event), event: eventSequence };
}

/** Takes an actor up again: what has to be left out is journaled first, then that it is back, which the host hears. */
async function restart(deps: SupervisionDeps, rebuild: Rebuild, order: Restart, cause: Cause): Promise<void> {
  const { child: actor, attempt, skip, reason } = order;
  const host = deps.host();
  const resident = host.resident(actor);
  const failedAt = resident?.held?.waiting[0]?.event;
  if (resident === undefined) return;
  if (skip !== undefined && failedAt?.sequence === skip) {
    const { id: eventId, type: eventType } = failedAt;
    await host.publish({
      type: "actor.event_skipped",
      subject: actor,
      idempotencykey: `actor.event_skipped:${actor}/${skip}`,
      data: { actor, eventSequence: skip, eventType, eventId, failures: attempt, reason },
      cause,
    });
  }
  const before = await rebuild(resident);
  if (before !== undefined) host.refound(actor, before);
  await host.publish({
    type: "actor.restarted",
    subject: actor,
    idempotencykey: `actor.restarted:${actor}/${attempt}`,
    data: {
      actor,
      machine: resident.kind.machine.id,
      attempt,
      from: before === undefined ? "memory" : "journal",
      ...(skip === undefined ? {} : { skipped: skip }),
      reason,
    },
    cause,
  });
}
