import type { Group } from "../command.ts";
import { list } from "./list.ts";
import { publish } from "./publish.ts";
import { tail } from "./tail.ts";

export const events: Group = {
  name: "events",
  summary: "Look at what happened, follow what happens, and publish",
  usual: "list",
  commands: [list, tail, publish],
};
