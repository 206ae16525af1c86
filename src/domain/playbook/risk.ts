import { z } from "zod";
import { type Risk, risk as riskSchema } from "../../events/vocabulary.ts";

/** What turns a plan's size and history into risk. All numbers are configuration. */
export const riskSettings = z.strictObject({
  manyTargets: z.number().int().positive().default(5).describe("More targets in one run are at least medium."),
  confidenceFrom: z
    .number()
    .int()
    .positive()
    .default(5)
    .describe("Confidence counts from so many verified outcomes on."),
  confidenceFloor: z.number().min(0).max(1).default(0.5).describe("A share of fixes below this is at least medium."),
});
export type RiskSettings = z.infer<typeof riskSettings>;

export interface RiskInput {
  readonly playbook: Risk;
  readonly steps: readonly RiskStep[];
  /** Verified outcomes of this playbook so far. */
  readonly record?: { readonly fixed: number; readonly failed: number };
}

export interface RiskStep {
  readonly action: string;
  readonly risk: Risk;
  readonly reversible: boolean;
  readonly outside: boolean;
  readonly targets: number;
}

export interface RiskVerdict {
  readonly risk: Risk;
  readonly verdict: "apply" | "ask" | "forbid";
  /** What made it that high, worst first. */
  readonly why: readonly string[];
}

/** The worst of the kinds', the plan's and the playbook's own risk. */
export function assessRisk(input: RiskInput, settings: RiskSettings): RiskVerdict {
  const factors = [...kindFactors(input.steps), ...planFactors(input, settings)];
  if (input.playbook !== "low") factors.push({ risk: input.playbook, why: `the playbook says ${input.playbook}` });
  const worst = factors.reduce<Risk>((sofar, factor) => (rank(factor.risk) > rank(sofar) ? factor.risk : sofar), "low");
  const why = factors.sort((a, b) => rank(b.risk) - rank(a.risk)).map((factor) => `${factor.risk}: ${factor.why}`);
  return { risk: worst, verdict: verdictOf(worst), why: why.length > 0 ? why : ["low: nothing about it is risky"] };
}

/** A step's own share of the risk: its kind's, and at least medium where it cannot be undone outside AIOS's own state. */
export function riskOfStep(step: Pick<RiskStep, "risk" | "reversible" | "outside">): Risk {
  return !step.reversible && step.outside && step.risk === "low" ? "medium" : step.risk;
}

/** Position of a risk in the order low < medium < high < dangerous < forbidden. */
export function rank(risk: Risk): number {
  return riskSchema.options.indexOf(risk);
}

interface Factor {
  readonly risk: Risk;
  readonly why: string;
}

function kindFactors(steps: readonly RiskStep[]): Factor[] {
  return steps
    .filter((step) => step.risk !== "low")
    .map((step) => ({ risk: step.risk, why: `${step.action} is ${step.risk} by kind` }));
}

function planFactors(input: RiskInput, settings: RiskSettings): Factor[] {
  const factors: Factor[] = input.steps
    .filter((step) => !step.reversible && step.outside)
    .map((step) => ({ risk: "medium", why: `${step.action} cannot be undone outside AIOS's own state` }));
  const targets = input.steps.reduce((most, step) => Math.max(most, step.targets), 0);
  if (targets > settings.manyTargets) factors.push({ risk: "medium", why: `it touches ${targets} targets` });
  const { fixed, failed } = input.record ?? { fixed: 0, failed: 0 };
  const outcomes = fixed + failed;
  if (outcomes >= settings.confidenceFrom && fixed / outcomes < settings.confidenceFloor)
    factors.push({ risk: "medium", why: `it fixed ${fixed} of ${outcomes} so far` });
  return factors;
}

function verdictOf(risk: Risk): RiskVerdict["verdict"] {
  if (risk === "forbidden") return "forbid";
  return risk === "low" ? "apply" : "ask";
}
