import { z } from "zod";
import type { CheckFacts } from "../../domain/playbook/catalogue.ts";
import type { Params } from "../../domain/playbook/schema.ts";
import { AiosError } from "../../kernel/errors.ts";
import { isJsonObject, type Json, toJson } from "../../kernel/json.ts";
import { faultsAsWritten } from "../faults.ts";
import type { ActionContext } from "../kind.ts";

/** One way to look whether something holds. It changes nothing. */
export interface CheckKind<P> {
  readonly name: string;
  readonly summary: string;
  readonly params: z.ZodType<P>;
  read(params: P, context: CheckContext): Promise<CheckReading>;
}

export type CheckContext = Pick<ActionContext, "signal" | "processes" | "web" | "files" | "clock" | "engine">;

export interface CheckReading {
  /** `null`: it cannot be told (yet); never taken for a success. */
  readonly ok: boolean | null;
  /** What was seen. */
  readonly reading: Json;
  readonly detail: string;
}

/** A kind with its parameters' type closed over, as the registry keeps it. */
export interface Check extends CheckFacts {
  readonly schema: z.ZodType;
  read(params: Params, context: CheckContext): Promise<CheckReading>;
}

export function check<P>(kind: CheckKind<P>): Check {
  const { name, summary } = kind;
  return {
    name,
    summary,
    schema: kind.params,
    check: (params) => faultsAsWritten(kind.params, params),
    settle(raw) {
      const parsed = kind.params.safeParse(raw);
      if (!parsed.success) return { kind: "bad", detail: z.prettifyError(parsed.error) };
      const params = toJson(parsed.data);
      return isJsonObject(params) ? { kind: "ok", params } : { kind: "bad", detail: "parameters are an object" };
    },
    async read(params, context) {
      const parsed = kind.params.safeParse(params);
      if (!parsed.success) throw new AiosError("action.refused", `${name}: ${z.prettifyError(parsed.error)}`);
      return kind.read(parsed.data, context);
    },
  };
}
