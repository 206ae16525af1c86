import type { Group } from "../command.ts";
import { cancel } from "./cancel.ts";
import { list } from "./list.ts";
import { output } from "./output.ts";
import { show } from "./show.ts";
import { submit } from "./submit.ts";
import { wait } from "./wait.ts";

export const tasks: Group = {
  name: "tasks",
  summary: "Submit tasks, follow them, read what came out, cancel them",
  usual: "list",
  commands: [list, show, submit, wait, output, cancel],
};
