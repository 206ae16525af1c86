import type { Call } from "../command.ts";
import type { Options } from "../shape.ts";

export const severities = ["debug", "info", "warning", "error", "critical"] as const;

/** Which events are wanted; the same for what was and what comes. */
export const filterOptions = {
  type: { type: "string", value: "TOPIC", says: "only this type: `*` is one segment, `**` the rest" },
  severity: { type: "string", value: "LEVEL", says: `this or worse: ${severities.join(", ")}` },
  subject: { type: "string", value: "SUBJECT", says: "only about this, for example agent/coder" },
  after: { type: "string", value: "SEQUENCE", says: "only events behind this sequence" },
} as const satisfies Options;

export function filterOf({ given }: Call) {
  return {
    type: given.text("type"),
    severity: given.oneOf("severity", severities),
    subject: given.text("subject"),
  };
}
