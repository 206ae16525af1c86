import type { z } from "zod";
import { AiosError } from "../kernel/errors.ts";

/** The value as its schema reads it. Throws `input.invalid` with every fault and its path. */
export function checked<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const faults = read.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  throw new AiosError(
    "input.invalid",
    `${what}: ${faults.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ")}`,
    { faults },
  );
}
