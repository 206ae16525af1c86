import { adviseAgent } from "./advise-agent.ts";
import { checks } from "./checks/index.ts";
import type { Check } from "./checks/kind.ts";
import { configureAgent } from "./configure-agent.ts";
import { deleteFiles } from "./delete-files.ts";
import { drainAgent } from "./drain-agent.ts";
import { emitEvent } from "./emit-event.ts";
import { httpRequest } from "./http-request.ts";
import { killProcess } from "./kill-process.ts";
import { type Action, action } from "./kind.ts";
import { notify } from "./notify.ts";
import { pauseAgent } from "./pause-agent.ts";
import { quarantine } from "./quarantine.ts";
import { removeFile } from "./remove-file.ts";
import { restartAgent } from "./restart-agent.ts";
import { restoreConfiguration } from "./restore-configuration.ts";
import { restoreFile } from "./restore-file.ts";
import { retryTask } from "./retry-task.ts";
import { rotateLog } from "./rotate-log.ts";
import { runAgent } from "./run-agent.ts";
import { runCommand } from "./run-command.ts";
import { setConcurrency } from "./set-concurrency.ts";
import { setFileMode } from "./set-file-mode.ts";
import { switchModel } from "./switch-model.ts";
import { writeFile } from "./write-file.ts";

/** Everything that a playbook may do, one line each. */
const all: readonly Action[] = [
  action(adviseAgent),
  action(configureAgent),
  action(deleteFiles),
  action(drainAgent),
  action(emitEvent),
  action(httpRequest),
  action(killProcess),
  action(notify),
  action(pauseAgent),
  action(quarantine),
  action(removeFile),
  action(restartAgent),
  action(restoreConfiguration),
  action(restoreFile),
  action(retryTask),
  action(rotateLog),
  action(runAgent),
  action(runCommand),
  action(setConcurrency),
  action(setFileMode),
  action(switchModel),
  action(writeFile),
];

export const actions: ReadonlyMap<string, Action> = new Map(all.map((one) => [one.name, one]));

/** Every action and check of an engine, by name; more than the pure domain needs to know of them. */
export interface ActionCatalogue {
  readonly actions: ReadonlyMap<string, Action>;
  readonly checks: ReadonlyMap<string, Check>;
}

/** What is built in. */
export const catalogue: ActionCatalogue = { actions, checks };
