import type { Group } from "../command.ts";
import { repair } from "./repair.ts";
import { replay } from "./replay.ts";
import { stats } from "./stats.ts";
import { verify } from "./verify.ts";
import { views } from "./views.ts";

export const journal: Group = {
  name: "journal",
  summary: "Check and repair the journal, count it, replay it, rebuild what is read from it",
  commands: [verify, repair, stats, replay, views],
};
