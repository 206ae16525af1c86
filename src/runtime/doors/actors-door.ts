import type { ActorsDoor } from "../../http/deps.ts";
import type { Runtime } from "../../runtime.ts";
import { historyOf } from "../history-of.ts";
import { restartActor } from "./restart-door.ts";

export function actorsDoor(runtime: Runtime): ActorsDoor {
  const { bus, inspection } = runtime;
  return {
    list: () => [...inspection.list()],
    get: (id) => inspection.list().find((actor) => actor.id === id),
    restart: (id, by) => restartActor(runtime, id, by),
    history: (id, range) => historyOf(runtime, bus.read(), id, range),
  };
}
