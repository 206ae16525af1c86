import type { Fault } from "../../kernel/errors.ts";
import type { Catalogue } from "./catalogue.ts";
import { NO_CHECK, type Playbook } from "./schema.ts";

/** What a person still has to fill in before a draft is a playbook, in the order in which one writes it. */
export function unfinished(playbook: Playbook, catalogue: Catalogue): readonly Fault[] {
  if (playbook.draft !== true) return [];
  const left: Fault[] = [];
  if (playbook.actions.length === 0)
    left.push({ path: "actions", message: `say what is to be done: ${[...catalogue.actions.keys()].join(", ")}` });
  if (playbook.grants.length === 0)
    left.push({ path: "grants", message: "say what the actions may touch; lint names each one that is missing" });
  if (playbook.validation.check === NO_CHECK) {
    const checks = [...catalogue.checks.keys()].filter((name) => name !== NO_CHECK);
    left.push({ path: "validation", message: `say how it is seen that it helped: ${checks.join(", ")}` });
  }
  left.push({ path: "draft", message: "take it out when the rest is filled in: until then it never acts" });
  if (!playbook.enabled) left.push({ path: "enabled", message: "set it to true, or `aios playbook enable` it then" });
  return left;
}
