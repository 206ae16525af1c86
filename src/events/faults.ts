import type { z } from "zod";
import type { Fault } from "../kernel/errors.ts";

/** Where something is wrong, as a JSON path below `root`: `data.items[0].name`. */
export function jsonPath(parts: readonly PropertyKey[], root = ""): string {
  let path = root;
  for (const part of parts) {
    if (typeof part === "number") path += `[${part}]`;
    else path += path === "" ? String(part) : `.${String(part)}`;
  }
  return path;
}

/** What a schema found wrong, one fault each; of a union, what its nearest member found. */
export function faultsOf(error: z.ZodError, root = ""): readonly Fault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, root));
}

function faultsOfIssue(issue: z.core.$ZodIssue, root: string): readonly Fault[] {
  const path = jsonPath(issue.path, root);
  if (issue.code === "invalid_union") {
    const nearest = issue.errors.toSorted((a, b) => furthest(b) - furthest(a) || a.length - b.length)[0];
    if (nearest !== undefined && nearest.length > 0) return nearest.flatMap((inner) => faultsOfIssue(inner, path));
  }
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: jsonPath([key], path), message: "is not known here" }));
  return [{ path, message: issue.message }];
}

const furthest = (issues: readonly z.core.$ZodIssue[]) => Math.max(0, ...issues.map(({ path }) => path.length));
