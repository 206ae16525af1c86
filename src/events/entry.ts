import type { z } from "zod";
import type { Severity } from "./vocabulary.ts";

/** Who may publish an event of a type from outside: nobody, an operator, or also an agent about itself. */
export type Publishers = "engine" | "operator" | "agent";

export interface Entry<S extends z.ZodType = z.ZodType> {
  readonly data: S;
  readonly severity: Severity;
  readonly publishers: Publishers;
  /** One sentence for the reference. */
  readonly says: string;
}

/** An event that only the engine publishes. */
export function fact<S extends z.ZodType>(says: string, data: S, severity: Severity = "info"): Entry<S> {
  return { data, severity, publishers: "engine", says };
}

/** An event that a person or an outside sensor may report too. */
export function observation<S extends z.ZodType>(says: string, data: S, severity: Severity = "info"): Entry<S> {
  return { data, severity, publishers: "operator", says };
}
