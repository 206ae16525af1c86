import type { Action } from "../actions/kind.ts";
import type { Config } from "../config.ts";
import type { RuleSet } from "../domain/playbook/rules.ts";
import type { Stall } from "../kernel/watch.ts";
import type { MemoryPalace } from "../memory/palace.ts";
import type { Ports } from "./ports.ts";
import type { RuleSource } from "./rule-keeper.ts";

/** What a runtime is made of. */
export interface RuntimeOptions {
  readonly ports: Ports;
  readonly config: Config;
  /** Absolute. */
  readonly dataDir: string;
  readonly palace: MemoryPalace;
  readonly rules: RuleSet;
  /** Everything that a playbook may do; what is built in unless told. */
  readonly actions?: ReadonlyMap<string, Action>;
  /** Where the rules can be read again. */
  readonly ruleSource?: RuleSource;
  /** When engines before this one stood still, oldest first. */
  readonly past?: readonly Stall[];
}
