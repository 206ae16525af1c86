import type { PlaybookBreaker } from "../domain/playbook/limits/admit.ts";
import type { LimitsSettings } from "../domain/playbook/limits/settings.ts";
import { type AnyEvent, is } from "../events/envelope.ts";
import { type BreakerContext, type BreakerEvent, breakerMachine } from "../machines/breaker.ts";
import { histories } from "../machines/history.ts";
import type { ActorHost } from "./host.ts";
import type { ActorKind } from "./kind.ts";

const ofPlaybook = ({ data }: { readonly data: { readonly playbookId: string } }) => [data.playbookId];

/** One breaker for each playbook that has settled a run. Only verified outcomes count; who enables a playbook resets it. */
export function breakerActors({ breakerFailures, breakerOpenMs }: LimitsSettings): ActorKind {
  const policy = { failureThreshold: breakerFailures, openMs: breakerOpenMs };
  return {
    name: "breaker",
    machine: breakerMachine,
    history: histories.breaker,
    birth: {
      on: "playbook.settled",
      id: (event) => (is(event, "playbook.settled") ? event.data.playbookId : ""),
      input: (event) =>
        is(event, "playbook.settled") ? { owner: `playbook/${event.data.playbookId}`, policy } : undefined,
    },
    configured: () => ({ policy }),
    routes: { "playbook.settled": ofPlaybook, "playbook.relapsed": ofPlaybook, "playbook.enabled": ofPlaybook },
    hears,
  };
}

function hears(event: AnyEvent): BreakerEvent | undefined {
  const { at } = event;
  if (is(event, "playbook.enabled")) return { type: "RESET", at };
  if (is(event, "playbook.relapsed")) return { type: "RELAPSE", at };
  if (!is(event, "playbook.settled") || event.data.rehearsed) return undefined;
  if (event.data.outcome === "fixed") return { type: "SUCCESS", at };
  return event.data.outcome === "not_fixed" ? { type: "FAILURE", at } : undefined;
}

/** How the breaker of a playbook stands; closed while it has none. */
export function breakerOf(host: ActorHost, playbookId: string): PlaybookBreaker {
  const context = host.snapshot(`breaker/${playbookId}`)?.context as BreakerContext | undefined;
  if (context === undefined) return { state: "closed", failures: 0 };
  const { breaker } = context;
  const until = breaker.kind === "open" ? { untilMs: breaker.untilMs } : {};
  return { state: breaker.kind, failures: breaker.failures, ...until };
}
