import { agents } from "./agents/agents.ts";
import { approvals } from "./approvals/approvals.ts";
import type { Entry } from "./command.ts";
import { deadletters } from "./deadletters/deadletters.ts";
import { incidents } from "./incidents/incidents.ts";
import { playbook } from "./playbook/playbook.ts";
import { run } from "./run.ts";
import { runs } from "./runs/runs.ts";
import { start } from "./start.ts";
import { tasks } from "./tasks/tasks.ts";

/** Every command, in the order of the help. */
export const entries: readonly Entry[] = [start, run, tasks, agents, playbook, runs, approvals, incidents, deadletters];
