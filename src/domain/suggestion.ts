/** What the evidence of the journal suggests to a person. Nothing is applied by itself. */
export interface Suggestion {
  readonly id: string;
  readonly kind: "timeout" | "playbook" | "output";
  readonly title: string;
  readonly detail: string;
  readonly agent?: string;
  readonly risk: "low" | "medium";
  readonly state: "proposed";
  /** Ids of the tasks or failures behind it. */
  readonly evidence: readonly string[];
  readonly atMs: number;
}

export interface Observed {
  readonly nowMs: number;
  readonly failures: readonly {
    readonly fingerprint: string;
    readonly template: string;
    readonly tasks: number;
    readonly lastAtMs: number;
    readonly lastReason: string;
    readonly remedy?: string | undefined;
  }[];
  readonly tasks: readonly {
    readonly id: string;
    readonly agent?: string | undefined;
    readonly timeoutMs: number;
    readonly error?: { readonly reason: string } | undefined;
    readonly endedAtMs?: number | undefined;
  }[];
  readonly agents: readonly { readonly id: string; readonly kind: string }[];
}

/** An agent that fails so often within a day deserves a look. */
const TIMES = 3;
const DAY_MS = 86_400_000;

/** What a person might change, each with the cases it rests on, newest first. */
export function suggestions(observed: Observed): readonly Suggestion[] {
  const found = [
    ...observed.failures.flatMap((failure) => withoutRemedy(failure, observed.nowMs)),
    ...observed.agents.flatMap(({ id }) => [
      ...ofAgent(id, "timeout", observed, moreTime),
      ...ofAgent(id, "output", observed, otherOutput),
    ]),
  ];
  return found.sort((a, b) => b.atMs - a.atMs);
}

/** Time-outs and broken promises about output have their own answer; everything else that repeats needs a playbook. */
function withoutRemedy(failure: Observed["failures"][number], nowMs: number): readonly Suggestion[] {
  const { fingerprint, template, tasks, lastAtMs, lastReason, remedy } = failure;
  if (remedy !== undefined || tasks < TIMES || nowMs - lastAtMs > DAY_MS) return [];
  if (lastReason === "timeout" || lastReason === "output") return [];
  return [
    {
      id: `playbook-${fingerprint}`,
      kind: "playbook",
      title: `Write a playbook for: ${template}`,
      detail: `It struck ${tasks} tasks, and no playbook is known to fix it.`,
      risk: "medium",
      state: "proposed",
      evidence: [fingerprint],
      atMs: lastAtMs,
    },
  ];
}

type Failed = Observed["tasks"][number] & { readonly endedAtMs: number };

function ofAgent(
  agent: string,
  reason: "timeout" | "output",
  { tasks, nowMs }: Observed,
  suggest: (agent: string, failed: readonly Failed[]) => Omit<Suggestion, "agent" | "state" | "evidence" | "atMs">,
): readonly Suggestion[] {
  const failed = tasks.filter(
    (task): task is Failed =>
      task.agent === agent &&
      task.error?.reason === reason &&
      task.endedAtMs !== undefined &&
      nowMs - task.endedAtMs <= DAY_MS,
  );
  if (failed.length < TIMES) return [];
  const evidence = failed.map(({ id }) => id);
  const atMs = Math.max(...failed.map(({ endedAtMs }) => endedAtMs));
  return [{ ...suggest(agent, failed), agent, state: "proposed", evidence, atMs }];
}

function moreTime(agent: string, failed: readonly Failed[]) {
  const limitMs = Math.max(...failed.map(({ timeoutMs }) => timeoutMs));
  return {
    id: `timeout-${agent}`,
    kind: "timeout",
    title: `Give ${agent} more time, or find what it waits for`,
    detail: `${failed.length} of its tasks were ended at their limit within a day; the longest limit was ${limitMs} ms.`,
    risk: "low",
  } as const;
}

function otherOutput(agent: string, failed: readonly Failed[]) {
  return {
    id: `output-${agent}`,
    kind: "output",
    title: `Check the output format of ${agent}`,
    detail: `${failed.length} of its tasks ended within a day because their output was not what the configuration promises.`,
    risk: "low",
  } as const;
}
