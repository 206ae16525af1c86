import type { Group } from "../command.ts";
import { actions } from "./actions.ts";
import { backtest } from "./backtest.ts";
import { drafts } from "./drafts.ts";
import { dryRun } from "./dry-run.ts";
import { explain } from "./explain.ts";
import { history } from "./history.ts";
import { importing } from "./import.ts";
import { lint } from "./lint.ts";
import { list } from "./list.ts";
import { create } from "./new.ts";
import { reload } from "./reload.ts";
import { schema } from "./schema.ts";
import { disable, enable, show } from "./show.ts";
import { startRun } from "./start-run.ts";
import { suggest } from "./suggest.ts";
import { test } from "./test.ts";

export const playbook: Group = {
  name: "playbook",
  summary: "Write playbooks, check and rehearse them, start them, switch them on and off",
  usual: "list",
  commands: [
    list,
    show,
    create,
    lint,
    test,
    explain,
    suggest,
    drafts,
    backtest,
    dryRun,
    startRun,
    reload,
    enable,
    disable,
    history,
    importing,
    actions,
    schema,
  ],
};
