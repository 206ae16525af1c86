import type { z } from "zod";
import { unknownName } from "../domain/playbook/nearest.ts";
import { jsonPath } from "../domain/playbook/read.ts";
import { involvesReference } from "../domain/playbook/references.ts";
import type { Params } from "../domain/playbook/schema.ts";
import type { Fault } from "../kernel/errors.ts";

/** What is wrong with parameters as written in a file. A place that holds a reference is judged once it is resolved. */
export function faultsAsWritten(schema: z.ZodType, params: Params): readonly Fault[] {
  const parsed = schema.safeParse(params);
  if (parsed.success) return [];
  return parsed.error.issues
    .filter((issue) => !involvesReference(params, issue.path))
    .flatMap((issue) => {
      if (issue.code !== "unrecognized_keys") return [{ path: jsonPath(issue.path), message: issue.message }];
      const known = issue.path.length === 0 ? membersOf(schema) : [];
      return issue.keys.map((key) => ({
        path: jsonPath([...issue.path, key]),
        message: known.length > 0 ? unknownName("parameter", key, known) : `unknown parameter "${key}"`,
      }));
    });
}

function membersOf(schema: z.ZodType): readonly string[] {
  const { def } = schema;
  if (!("shape" in def) || def.shape === null || typeof def.shape !== "object") return [];
  return Object.keys(def.shape);
}
