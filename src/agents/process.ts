import type { AgentKind } from "./kind.ts";
import { type ProcessConfig, processConfig, residenceOf } from "./process/config.ts";
import { OneShotBody } from "./process/one-shot.ts";
import { ResidentBody } from "./process/resident.ts";

export const processKind: AgentKind<ProcessConfig> = {
  name: "process",
  summary: "A program of this machine, started for each task or once for many.",
  config: processConfig,
  residence: residenceOf,
  open: async (config, context) =>
    config.mode === "resident" ? new ResidentBody(config, context) : new OneShotBody(config, context),
};
