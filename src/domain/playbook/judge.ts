import type { Fault } from "../../kernel/errors.ts";
import type { Catalogue, Selections } from "./catalogue.ts";
import { judgeGrants, missingGrants } from "./grants.ts";
import { unknownName } from "./nearest.ts";
import { effectiveGrants } from "./plan.ts";
import { referencePath, strayReferences } from "./references.ts";
import type { ActionCall, CheckCall, Playbook } from "./schema.ts";

/** What is wrong with a well-formed playbook in the light of the actions and checks that exist. */
export function judgePlaybook(playbook: Playbook, catalogue: Catalogue): readonly Fault[] {
  const grants = effectiveGrants(playbook, catalogue);
  return [
    ...judgeGrants(playbook.grants, "grants"),
    ...strayReferences(playbook.target, "target"),
    ...playbook.actions.flatMap((call, index) => judgeAction(call, `actions[${index}]`, catalogue, grants)),
    ...playbook.prechecks.flatMap((call, index) => judgeCheck(call, `prechecks[${index}]`, catalogue)),
    ...judgeCheck(playbook.validation, "validation", catalogue),
  ];
}

function judgeAction(
  call: ActionCall,
  where: string,
  catalogue: Catalogue,
  grants: readonly string[],
): readonly Fault[] {
  const kind = catalogue.actions.get(call.type);
  if (kind === undefined)
    return [{ path: `${where}.type`, message: unknownName("action", call.type, [...catalogue.actions.keys()]) }];
  const faults = [...strayReferences(call.params, `${where}.params`), ...below(where, kind.check(call.params))];
  if (faults.length > 0 || containsReference(call.params)) return faults;
  const settled = kind.settle(call.params, anySelection);
  if (settled.kind === "refused") return [{ path: where, message: settled.detail }];
  return missingGrants(settled.grants, grants).map((grant) => ({
    path: "grants",
    message: `${where} (${call.type}) needs "${grant}": add it, or a pattern that covers it`,
  }));
}

function judgeCheck(call: CheckCall, where: string, catalogue: Catalogue): readonly Fault[] {
  const check = catalogue.checks.get(call.check);
  if (check === undefined)
    return [{ path: `${where}.check`, message: unknownName("check", call.check, [...catalogue.checks.keys()]) }];
  return [...strayReferences(call.params, `${where}.params`), ...below(where, check.check(call.params))];
}

/** Stands for whatever will be selected, so that the rest of an action can be judged before there is an event. */
const anySelection: Selections = { idleAgents: ["any"], maxTargets: Number.MAX_SAFE_INTEGER };

function containsReference(value: unknown): boolean {
  if (referencePath(value) !== undefined) return true;
  return value !== null && typeof value === "object" && Object.values(value).some(containsReference);
}

function below(where: string, faults: readonly Fault[]): readonly Fault[] {
  return faults.map(({ path, message }) => ({
    path: path === "" ? `${where}.params` : `${where}.params.${path}`,
    message,
  }));
}
