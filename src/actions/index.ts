import type { Catalogue } from "../domain/playbook/catalogue.ts";
import { checks } from "./checks/index.ts";
import { configureAgent } from "./configure-agent.ts";
import { emitEvent } from "./emit-event.ts";
import { httpRequest } from "./http-request.ts";
import { killProcess } from "./kill-process.ts";
import { type Action, action } from "./kind.ts";
import { notify } from "./notify.ts";
import { restartAgent } from "./restart-agent.ts";
import { restoreFile } from "./restore-file.ts";
import { retryTask } from "./retry-task.ts";
import { writeFile } from "./write-file.ts";

/** Everything that a playbook may do, one line each. */
const all: readonly Action[] = [
  action(configureAgent),
  action(emitEvent),
  action(httpRequest),
  action(killProcess),
  action(notify),
  action(restartAgent),
  action(restoreFile),
  action(retryTask),
  action(writeFile),
];

export const actions: ReadonlyMap<string, Action> = new Map(all.map((one) => [one.name, one]));

/** What the pure domain needs to know of actions and checks. */
export const catalogue: Catalogue = { actions, checks };
