import type { Group } from "../domain/playbook/limits/admit.ts";
import type { LimitsSettings } from "../domain/playbook/limits/settings.ts";
import { is } from "../events/envelope.ts";
import type { ReactorMode } from "../events/vocabulary.ts";
import { histories } from "../machines/history.ts";
import { type ReactorContext, reactorMachine } from "../machines/reactor.ts";
import type { ActorHost } from "./host.ts";
import type { ActorKind, Routes } from "./kind.ts";

const it = () => ["main"] as const;
const routes: Routes = {
  "reactor.paused": it,
  "reactor.resumed": it,
  "reactor.mode_changed": it,
  "reactor.storm_entered": it,
  "reactor.storm_left": it,
  "playbook.matched": it,
  "playbook.suppressed": it,
  "playbook.settled": it,
  "playbook.relapsed": it,
  "playbook.enabled": it,
  "playbook.disabled": it,
};

/** The one reactor: what limits and preferences remember, and whether it may act. */
export function reactorActor(settings: LimitsSettings, groupOf: (agentId: string) => Group | undefined): ActorKind {
  return {
    name: "reactor",
    machine: reactorMachine,
    history: histories.reactor,
    permanent: { id: "main", input: { settings } },
    configured: () => ({ settings }),
    routes,
    facts(event) {
      if (!is(event, "playbook.matched") && !is(event, "playbook.suppressed")) return {};
      const { target, agentId } = event.data;
      const struck = agentId ?? (target.kind === "agent" ? target.id : undefined);
      const group = struck === undefined ? undefined : groupOf(struck);
      return group === undefined ? {} : { group };
    },
  };
}

export interface ReactorNow {
  readonly context: ReactorContext;
  readonly mode: ReactorMode;
  readonly paused: boolean;
}

/** The reactor as it stands. */
export function reactorNow(host: ActorHost): ReactorNow {
  const snapshot = host.snapshot("reactor/main");
  if (snapshot === undefined) throw new Error("the reactor does not run");
  const value = snapshot.value as { readonly mode: ReactorMode; readonly power: "running" | "paused" };
  return { context: snapshot.context as ReactorContext, mode: value.mode, paused: value.power === "paused" };
}
