import { z } from "zod";
import { NO_CHECK } from "../../domain/playbook/schema.ts";
import type { CheckKind } from "./kind.ts";

const params = z.strictObject({});

/** Reads nothing, so that the run stays unverified: what a playbook without a validation gets. */
export const none: CheckKind<z.infer<typeof params>> = {
  name: NO_CHECK,
  summary: "Nothing is read: the run stays unverified.",
  params,
  read: async () => ({ ok: null, reading: null, detail: "the playbook names no validation" }),
};
