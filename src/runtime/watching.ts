import { allWatches, type WatchDeps, type WatchSettings } from "../actors/watches/all.ts";
import { Watcher, type WatcherDeps } from "../actors/watches/watcher.ts";

type Folds = Pick<WatchDeps, "agents" | "tasks" | "score" | "evolution" | "withProcesses">;

/** Everything that the configuration wants to be watched, and who looks at it. */
export function watching(
  settings: WatchSettings & Pick<WatcherDeps, "intervalMs" | "repeatMs">,
  ports: Omit<WatchDeps, keyof Folds | "wall"> &
    Pick<WatcherDeps, "log"> & { readonly wall?: (() => number) | undefined },
  engine: Pick<WatcherDeps, "bus"> & Folds,
): Watcher {
  const { clock, log } = ports;
  const { intervalMs, repeatMs } = settings;
  const wall = ports.wall ?? (() => clock.now());
  return new Watcher({
    bus: engine.bus,
    clock,
    log,
    intervalMs,
    repeatMs,
    watches: allWatches(settings, { ...ports, ...engine, wall }),
  });
}
