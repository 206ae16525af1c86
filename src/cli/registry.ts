import { agents } from "./agents/agents.ts";
import type { Entry } from "./command.ts";
import { run } from "./run.ts";
import { start } from "./start.ts";
import { tasks } from "./tasks/tasks.ts";

/** Every command, in the order of the help. */
export const entries: readonly Entry[] = [start, run, tasks, agents];
