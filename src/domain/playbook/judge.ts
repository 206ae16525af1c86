import type { Fault } from "../../kernel/errors.ts";
import { anySelection, type Catalogue } from "./catalogue.ts";
import { judgeGrants, missingGrants } from "./grants.ts";
import { unknownName } from "./nearest.ts";
import type { PathScope } from "./paths.ts";
import { effectiveGrants } from "./plan.ts";
import { hasReference, strayReferences } from "./references.ts";
import type { ActionCall, CheckCall, Playbook } from "./schema.ts";

/** What is wrong with a well-formed playbook in the light of the actions and checks that exist. */
export function judgePlaybook(playbook: Playbook, catalogue: Catalogue): readonly Fault[] {
  const grants = effectiveGrants(playbook, catalogue);
  const scope = { eventType: playbook.trigger.eventType, parameters: Object.keys(playbook.parameters) };
  return [
    ...judgeGrants(playbook.grants, "grants"),
    ...strayReferences(playbook.target, "target", scope),
    ...playbook.actions.flatMap((call, index) => judgeAction(call, `actions[${index}]`, { catalogue, scope, grants })),
    ...playbook.prechecks.flatMap((call, index) => judgeCheck(call, `prechecks[${index}]`, { catalogue, scope })),
    ...judgeCheck(playbook.validation, "validation", { catalogue, scope }),
  ];
}

interface Light {
  readonly catalogue: Catalogue;
  readonly scope: PathScope;
}

function judgeAction(
  call: ActionCall,
  where: string,
  { catalogue, scope, grants }: Light & { readonly grants: readonly string[] },
): readonly Fault[] {
  const kind = catalogue.actions.get(call.type);
  if (kind === undefined)
    return [{ path: `${where}.type`, message: unknownName("action", call.type, [...catalogue.actions.keys()]) }];
  const faults = [...strayReferences(call.params, `${where}.params`, scope), ...below(where, kind.check(call.params))];
  if (faults.length > 0 || hasReference(call.params)) return faults;
  const settled = kind.settle(call.params, anySelection);
  if (settled.kind === "refused") return [{ path: where, message: settled.detail }];
  return missingGrants(settled.grants, grants).map((grant) => ({
    path: "grants",
    message: `${where} (${call.type}) needs "${grant}": add it, or a pattern that covers it`,
  }));
}

function judgeCheck(call: CheckCall, where: string, { catalogue, scope }: Light): readonly Fault[] {
  const check = catalogue.checks.get(call.check);
  if (check === undefined)
    return [{ path: `${where}.check`, message: unknownName("check", call.check, [...catalogue.checks.keys()]) }];
  return [...strayReferences(call.params, `${where}.params`, scope), ...below(where, check.check(call.params))];
}

function below(where: string, faults: readonly Fault[]): readonly Fault[] {
  return faults.map(({ path, message }) => ({
    path: path === "" ? `${where}.params` : `${where}.params.${path}`,
    message,
  }));
}
