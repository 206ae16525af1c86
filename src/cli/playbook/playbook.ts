import type { Group } from "../command.ts";
import { dryRun } from "./dry-run.ts";
import { explain } from "./explain.ts";
import { history } from "./history.ts";
import { importing } from "./import.ts";
import { lint } from "./lint.ts";
import { list } from "./list.ts";
import { disable, enable, show } from "./show.ts";

export const playbook: Group = {
  name: "playbook",
  summary: "Look at playbooks, check them, rehearse them, switch them on and off",
  usual: "list",
  commands: [list, show, lint, explain, dryRun, enable, disable, history, importing],
};
