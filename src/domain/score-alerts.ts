import type { Severity } from "../events/vocabulary.ts";
import type { Standing } from "./score.ts";

export type AlertName = "score_critical" | "tsr_warning" | "cr_investigate";

export interface AlertRule {
  readonly alert: AlertName;
  readonly of: "score" | "tsr" | "cr";
  /** Raised below this. */
  readonly below: number;
  /** Cleared at this or above. */
  readonly clearAt: number;
  readonly severity: Severity;
  readonly advice: string;
}

export const alertRules: readonly AlertRule[] = [
  {
    alert: "score_critical",
    of: "score",
    below: 0.4,
    clearAt: 0.45,
    severity: "critical",
    advice: "Look at the open incidents and the newest failures first; pause the reactor if its fixes make it worse.",
  },
  {
    alert: "tsr_warning",
    of: "tsr",
    below: 0.7,
    clearAt: 0.75,
    severity: "warning",
    advice: "Look at the failures by fingerprint and at the agents whose breaker is open.",
  },
  {
    alert: "cr_investigate",
    of: "cr",
    below: 0.5,
    clearAt: 0.55,
    severity: "warning",
    advice: "Investigate which playbooks settle as not fixed, and what waits for approval.",
  },
];

export type AlertChange =
  | { readonly kind: "raised"; readonly rule: AlertRule; readonly value: number }
  | { readonly kind: "cleared"; readonly rule: AlertRule; readonly value: number };

/** What the standing changes about the alerts. A value that is not known changes nothing: silence is not good news. */
export function alertChanges(raised: { has(alert: AlertName): boolean }, now: Standing): readonly AlertChange[] {
  return alertRules.flatMap((rule): AlertChange[] => {
    const value = alertValue(rule, now);
    if (value === null) return [];
    if (raised.has(rule.alert)) return value >= rule.clearAt ? [{ kind: "cleared", rule, value }] : [];
    return value < rule.below ? [{ kind: "raised", rule, value }] : [];
  });
}

export function alertValue({ of }: AlertRule, now: Standing): number | null {
  return of === "score" ? now.score : now.terms[of];
}
