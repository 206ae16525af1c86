import { reactorActor } from "../../../../src/actors/reactor.ts";
import { limitsSettings } from "../../../../src/domain/playbook/limits/settings.ts";
import { comes, type Model, says } from "./model.ts";

export function reactorModel(): Model {
  const settings = limitsSettings.parse({ stormPerMinute: 3, stormQuietMs: 120_000 });
  return {
    kind: reactorActor(settings, () => undefined),
    name: "main",
    steps: [
      says("reactor.paused", { by: "me", reason: "wait" }),
      says("reactor.resumed", { by: "me" }),
      ...(["observe", "rehearse", "live"] as const).map((mode) =>
        says("reactor.mode_changed", { mode, by: "me" }, ` ${mode}`),
      ),
      says("reactor.storm_entered", { reason: "r" }),
      says("reactor.storm_left", { quietMs: 1 }),
      says("playbook.disabled", { playbookId: "p", by: "me" }),
      comes("quiet"),
    ],
    seen: ({ value }) => JSON.stringify(value),
  };
}
