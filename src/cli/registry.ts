import { actors } from "./actors/actors.ts";
import { agents } from "./agents/agents.ts";
import { approvals } from "./approvals/approvals.ts";
import type { Entry } from "./command.ts";
import { config } from "./config/config.ts";
import { dashboard } from "./dashboard.ts";
import { deadletters } from "./deadletters/deadletters.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { audit } from "./events/audit.ts";
import { events } from "./events/events.ts";
import { incidents } from "./incidents/incidents.ts";
import { inspect } from "./inspect.ts";
import { journal } from "./journal/journal.ts";
import { evolution } from "./knowledge/evolution.ts";
import { failures } from "./knowledge/failures.ts";
import { lessons } from "./knowledge/lessons.ts";
import { memory } from "./memory/memory.ts";
import { pause, resume } from "./pause.ts";
import { playbook } from "./playbook/playbook.ts";
import { run } from "./run.ts";
import { runs } from "./runs/runs.ts";
import { score } from "./score/score.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";
import { tasks } from "./tasks/tasks.ts";
import { token } from "./token/token.ts";

/** Every command, in the order of the help. */
export const entries: readonly Entry[] = [
  start,
  stop,
  status,
  dashboard,
  demo,
  doctor,
  run,
  tasks,
  agents,
  playbook,
  runs,
  approvals,
  incidents,
  deadletters,
  lessons,
  failures,
  evolution,
  score,
  memory,
  journal,
  config,
  inspect,
  actors,
  events,
  audit,
  token,
  pause,
  resume,
];
