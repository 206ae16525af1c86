/** What a plan says it will do, step by step; empty when it is of a form this page does not know. */
export function stepsOf(
  plan: unknown,
): readonly { readonly says: string; readonly risk: string; readonly reversible: boolean }[] {
  const steps = member(plan, "steps");
  if (!Array.isArray(steps)) return [];
  return steps.map((step: unknown) => ({
    says: textOf(member(step, "says")) || textOf(member(step, "action")) || "a step",
    risk: textOf(member(step, "risk")),
    reversible: member(step, "reversible") === true,
  }));
}

/** By which check a plan is verified. */
export function checkOf(plan: unknown): string {
  return textOf(member(member(plan, "validation"), "check"));
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
