import type { Settings } from "../settings.ts";

/** What a check found. `advice` says what to change, where something should be. */
export interface Finding {
  readonly state: "ok" | "warn" | "fail";
  readonly says: string;
  readonly advice?: string;
}

/** One thing that is looked at; looking changes nothing. */
export interface Check {
  readonly name: string;
  readonly look: (settings: Settings) => Promise<Finding>;
}

/** One that needs no configuration to be looked at. */
export interface MachineCheck extends Check {
  readonly look: () => Promise<Finding>;
}

export const ok = (says: string): Finding => ({ state: "ok", says });
export const warn = (says: string, advice: string): Finding => ({ state: "warn", says, advice });
export const fail = (says: string, advice: string): Finding => ({ state: "fail", says, advice });
