import { effectOfMessage, effectOfRestart, effectsOfRun, effectsOfTask } from "../../actors/views/ledger.ts";
import type { HttpDeps } from "../../http/deps.ts";
import type { EffectOf, LedgerEntry } from "../../http/shapes/engine.ts";
import type { Runtime } from "../../runtime.ts";

/** Of each part so many are looked at: the newest effects are among those. */
const OF_EACH = 200;

/** The newest effects of all parts of the engine, newest first. */
export function effectsDoor({ views }: Runtime): HttpDeps["effects"] {
  const of = (kind: EffectOf["kind"], id: string) => ({ of: { kind, id } });
  return () => {
    const entries: readonly LedgerEntry[] = [
      ...newest(views.tasks).flatMap((task) => effectsOfTask(task).map((one) => ({ ...one, ...of("task", task.id) }))),
      ...newest(views.runs).flatMap((run) => effectsOfRun(run).map((one) => ({ ...one, ...of("run", run.id) }))),
      ...newest(views.notifications).map((row) => ({ ...effectOfMessage(row), ...of("message", row.key) })),
      ...newest(views.restarts).map((row) => ({ ...effectOfRestart(row), ...of("supervisor", row.supervisor) })),
    ];
    return entries.toSorted((a, b) => timeOf(b) - timeOf(a));
  };
}

function newest<T>(view: { list(): readonly T[] }): readonly T[] {
  return view.list().slice(0, OF_EACH);
}

function timeOf({ startedAtMs, endedAtMs }: LedgerEntry): number {
  return startedAtMs ?? endedAtMs ?? 0;
}
