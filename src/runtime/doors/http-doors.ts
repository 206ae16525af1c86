import type { HttpDeps, HttpSettings, Pages } from "../../http/deps.ts";
import type { Tokens } from "../../http/tokens.ts";
import type { Runtime } from "../../runtime.ts";
import { actorsDoor } from "./actors-door.ts";
import { agentsDoor } from "./agents-door.ts";
import { approvalsDoor } from "./approvals-door.ts";
import { backupDoor, type TakeBackup } from "./backup-door.ts";
import { deadLettersDoor } from "./dead-letters-door.ts";
import { effectsDoor } from "./effects-door.ts";
import { embedderDoor } from "./embedder-door.ts";
import { eventsDoor } from "./events-door.ts";
import { evolutionDoor } from "./evolution-door.ts";
import { incidentsDoor } from "./incidents-door.ts";
import { failuresDoor, lessonsDoor } from "./knowledge-doors.ts";
import { memoryDoor } from "./memory-door.ts";
import { metricsOf } from "./metrics.ts";
import { overviewOf } from "./overview.ts";
import { pauseDoor, pauseView } from "./pause-door.ts";
import { performanceOf } from "./performance.ts";
import { playbooksDoor } from "./playbooks-door.ts";
import { predictionsOf } from "./predictions-door.ts";
import { runsDoor } from "./runs-door.ts";
import { scoreDoor } from "./score-door.ts";
import { tasksDoor } from "./tasks-door.ts";

export interface HttpOptions {
  readonly version: string;
  readonly tokens: Tokens;
  readonly pages: Pages;
  readonly settings: HttpSettings;
  readonly backup: TakeBackup;
  /** Whether the engine accepts work. */
  readonly ready: () => boolean;
}

/** The engine as its HTTP doors see it: read models shown in the doors' shapes, wishes handed to the desks. */
export function httpDoors(runtime: Runtime, options: HttpOptions): HttpDeps {
  const { bus, inspection, ports } = runtime;
  const { clock, entropy, hash, log } = ports;
  return {
    clock,
    entropy,
    hash,
    log,
    version: options.version,
    settings: options.settings,
    tokens: options.tokens,
    pages: options.pages,
    events: eventsDoor(runtime),
    tasks: tasksDoor(runtime),
    agents: agentsDoor(runtime),
    playbooks: playbooksDoor(runtime),
    runs: runsDoor(runtime),
    approvals: approvalsDoor(runtime),
    incidents: incidentsDoor(runtime),
    deadletters: deadLettersDoor(runtime),
    score: scoreDoor(runtime),
    memory: memoryDoor(runtime),
    embedder: embedderDoor(runtime),
    lessons: lessonsDoor(runtime),
    failures: failuresDoor(runtime),
    evolution: evolutionDoor(runtime),
    predictions: () => predictionsOf(runtime),
    pause: pauseDoor(runtime),
    machines: {
      list: () => [...inspection.list()],
      watch: (actorIds, tell) => inspection.watch(actorIds, tell),
    },
    backup: backupDoor(runtime, options.backup),
    actors: actorsDoor(runtime),
    effects: effectsDoor(runtime),
    overview: async () => overviewOf(runtime, await pauseView(runtime)),
    performance: () => performanceOf(runtime),
    metrics: async () => metricsOf(runtime, (await pauseView(runtime)).paused),
    readiness: () => {
      const why = [
        ...(options.ready() ? [] : ["the engine is starting or stopping"]),
        ...(bus.refusal === undefined ? [] : [bus.refusal]),
      ];
      return { ready: why.length === 0, why, degraded: degradedOf(runtime), lastSequence: bus.lastSequence };
    },
  };
}

/** What goes on with less than it should have. */
function degradedOf({ palace }: Runtime): string[] {
  const health = palace.health();
  const note = palace.embedder.note();
  return [
    ...(health.state === "ready" ? [] : [`memory: ${health.why}; ${health.waiting} writes wait`]),
    ...(note === undefined ? [] : [`memory: ${note}`]),
  ];
}
