import { agentHealthy } from "./agent-healthy.ts";
import { fileExists } from "./file-exists.ts";
import { httpOk } from "./http-ok.ts";
import { type Check, check } from "./kind.ts";
import { modelCallBelow } from "./model-call-below.ts";
import { none } from "./none.ts";
import { processGone } from "./process-gone.ts";
import { cpuBelowThreshold, resourceBelow } from "./resource-below.ts";
import { taskSucceeded } from "./task-succeeded.ts";
import { watchClear } from "./watch-clear.ts";

/** Every check that a playbook may name, one line each. */
const all: readonly Check[] = [
  check(agentHealthy),
  check(cpuBelowThreshold),
  check(fileExists),
  check(httpOk),
  check(modelCallBelow),
  check(none),
  check(processGone),
  check(resourceBelow),
  check(taskSucceeded),
  check(watchClear),
];

export const checks: ReadonlyMap<string, Check> = new Map(all.map((one) => [one.name, one]));
