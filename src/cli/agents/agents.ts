import type { Group } from "../command.ts";
import { configuration } from "./configuration.ts";
import { configure } from "./configure.ts";
import { list } from "./list.ts";
import { archive, drain, reset, start, stop } from "./order.ts";
import { register } from "./register.ts";
import { show } from "./show.ts";

export const agents: Group = {
  name: "agents",
  summary: "Register agents, look at them, start and stop them, change their configuration",
  usual: "list",
  commands: [list, show, register, start, stop, drain, reset, archive, configuration, configure],
};
