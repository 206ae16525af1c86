/** The run that plans, approvals and remedies of the models are about. */
export const runId = "run-1";
export const target = { kind: "agent", id: "a" } as const;
export const trigger = { id: "e", sequence: 1, type: "x.y", at: 0 };
