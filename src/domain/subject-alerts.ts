export type SubjectKind = "agent" | "playbook";

interface Recent {
  readonly good: number;
  readonly n: number;
}

export interface SubjectAlert {
  readonly alert: string;
  /** The newest outcomes that count, and how many there must be. */
  readonly outcomes: number;
  readonly least: number;
  /** Raised below this share of good ones. */
  readonly below: number;
  /** Cleared at this share or above. Between the two nothing changes, so that it does not flap. */
  readonly clearAt: number;
  readonly advice: string;
}

/** When one agent or one playbook is told to do badly, and when to do well again. */
export const subjectAlerts: Readonly<Record<SubjectKind, SubjectAlert>> = {
  agent: {
    alert: "agent_tsr_warning",
    outcomes: 40,
    least: 20,
    below: 0.7,
    clearAt: 0.85,
    advice: "Look at its failures by fingerprint and at what evolution proposes for it.",
  },
  playbook: {
    alert: "playbook_cr_investigate",
    outcomes: 20,
    least: 10,
    below: 0.5,
    clearAt: 0.7,
    advice: "Look at its runs that did not fix; disable it where it makes things worse.",
  },
};

/** What the newest outcomes change about the alert of their subject; too few of them change nothing. */
export function alertChange(kind: SubjectKind, { good, n }: Recent, raised: boolean): "raised" | "cleared" | undefined {
  const { least, below, clearAt } = subjectAlerts[kind];
  if (n < least) return undefined;
  if (raised) return good / n >= clearAt ? "cleared" : undefined;
  return good / n < below ? "raised" : undefined;
}
