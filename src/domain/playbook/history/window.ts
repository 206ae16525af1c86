import { canonical } from "../../../kernel/hash.ts";
import type { Condition, Window } from "../condition-form.ts";
import type { Playbook } from "../schema.ts";

/** Two conditions that ask for the same share what is remembered. */
export function windowKey(window: Window): string {
  return canonical(window);
}

/** Everything that the conditions and the trigger of these playbooks ask of the past. */
export function windowsOf(playbooks: readonly Playbook[]): readonly Window[] {
  return playbooks.flatMap(({ trigger }) => [
    ...(trigger.absent === undefined ? [] : [trigger.absent.window]),
    ...windowsIn(trigger.condition),
  ]);
}

function windowsIn(condition: Condition): readonly Window[] {
  switch (condition.kind) {
    case "all":
    case "any":
      return condition.of.flatMap(windowsIn);
    case "not":
      return windowsIn(condition.of);
    case "count":
    case "absent":
      return [condition.window];
    case "leaf":
      return condition.before === undefined ? [] : [condition.before];
  }
}
