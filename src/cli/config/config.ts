import type { Group } from "../command.ts";
import { check } from "./check.ts";
import { path } from "./path.ts";
import { show } from "./show.ts";

export const config: Group = {
  name: "config",
  summary: "Show the configuration and where each value came from, or check it",
  usual: "show",
  commands: [show, check, path],
};
