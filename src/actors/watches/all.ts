import type { Clock } from "../../kernel/clock.ts";
import type { Files } from "../../kernel/files.ts";
import type { Hash } from "../../kernel/hash.ts";
import type { Processes, ProcessIdentity } from "../../kernel/processes.ts";
import type { Vitals } from "../../kernel/vitals.ts";
import type { Web } from "../../kernel/web.ts";
import type { ScoreActor } from "../score.ts";
import type { AgentsView } from "../views/agents.ts";
import type { EvolutionView } from "../views/evolution.ts";
import type { TasksView } from "../views/tasks.ts";
import { type BacklogSettings, backlog } from "./backlog.ts";
import { type ClockSettings, clockSkew } from "./clock.ts";
import { deniedFiles, missingFiles, type WatchedFile } from "./files.ts";
import { staleLocks, type WatchedLock } from "./locks.ts";
import { largeLogs, type WatchedLog } from "./logs.ts";
import { type LowScoreSettings, lowScore } from "./low-score.ts";
import { fullVolumes, type WatchedVolume } from "./volumes.ts";
import type { Watch } from "./watch.ts";
import { type ZombieSettings, zombies } from "./zombies.ts";

/** What is watched. What is not named costs nothing. */
export interface WatchSettings {
  readonly files: readonly WatchedFile[];
  readonly volumes: readonly WatchedVolume[];
  readonly logs: readonly WatchedLog[];
  readonly locks: readonly WatchedLock[];
  readonly zombies?: ZombieSettings | undefined;
  readonly clock?: ClockSettings | undefined;
  readonly backlog?: BacklogSettings | undefined;
  readonly score?: LowScoreSettings | undefined;
}

export interface WatchDeps {
  readonly files: Files;
  readonly hash: Hash;
  readonly clock: Clock;
  readonly wall: () => number;
  readonly web: Web;
  readonly vitals: Vitals;
  readonly processes: Pick<Processes, "start">;
  readonly agents: AgentsView;
  readonly tasks: TasksView;
  readonly score: Pick<ScoreActor, "current">;
  readonly evolution: Pick<EvolutionView, "openOf">;
  readonly withProcesses: () => readonly { readonly id: string; readonly processes: readonly ProcessIdentity[] }[];
}

/** Everything that the configuration wants to be watched. */
export function allWatches(settings: WatchSettings, deps: WatchDeps): readonly Watch[] {
  const { vitals, withProcesses } = deps;
  const denied = settings.files.filter(({ mode }) => mode !== undefined);
  return [
    ...(settings.files.length === 0 ? [] : [missingFiles(settings.files, deps)]),
    ...(denied.length === 0 ? [] : [deniedFiles(denied, deps)]),
    ...(settings.volumes.length === 0 ? [] : [fullVolumes(settings.volumes, vitals)]),
    ...(settings.logs.length === 0 ? [] : [largeLogs(settings.logs, deps)]),
    ...(settings.locks.length === 0
      ? []
      : [staleLocks(settings.locks, { ...deps, owner: (pid) => vitals.process(pid) })]),
    ...(settings.zombies === undefined
      ? []
      : [zombies(settings.zombies, { ...deps, defunct: () => vitals.defunct(), agents: withProcesses })]),
    ...(settings.clock === undefined ? [] : [clockSkew(settings.clock, deps)]),
    ...(settings.backlog === undefined ? [] : [backlog(settings.backlog, deps)]),
    ...(settings.score === undefined ? [] : [lowScore(settings.score, deps)]),
  ];
}
