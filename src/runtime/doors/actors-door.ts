import type { Machine } from "../../actors/inspection.ts";
import type { ActorsDoor } from "../../http/deps.ts";
import type { Runtime } from "../../runtime.ts";
import { historyOf } from "../history-of.ts";
import { restartActor } from "./restart-door.ts";

/** Actors whose saved state this version cannot go on from: they do not run, and nobody may think that they are gone. */
function unfitIn({ host, views }: Runtime): readonly Machine[] {
  return host.unfit
    .filter(({ id }) => host.snapshot(id) === undefined)
    .map(({ id, machine, reason, difference }) => ({
      id,
      machine,
      state: "not running",
      context: null,
      deadlines: [],
      sinceMs: views.engine.current.startedAtMs ?? 0,
      quarantined: [reason, ...difference].join("; "),
    }));
}

export function actorsDoor(runtime: Runtime): ActorsDoor {
  const { bus, inspection } = runtime;
  const list = () => [...inspection.list(), ...unfitIn(runtime)];
  return {
    list,
    get: (id) => list().find((actor) => actor.id === id),
    restart: (id, by) => restartActor(runtime, id, by),
    history: (id, range) => historyOf(runtime, bus.read(), id, range),
  };
}
