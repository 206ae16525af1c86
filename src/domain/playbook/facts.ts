import type { AgentTuning } from "../../events/types/agent.ts";
import type { AgentState, BreakerState, Severity } from "../../events/vocabulary.ts";
import { isoTime } from "../../kernel/iso-time.ts";
import type { Json } from "../../kernel/json.ts";
import type { ProcessIdentity } from "../../kernel/processes.ts";
import type { Window } from "./condition-form.ts";

/** What conditions and references may look at. A path such as `event.data.value` leads into this document. */
export interface Facts {
  readonly event: EventFacts;
  readonly agent?: AgentFacts;
  readonly task?: TaskFacts;
  readonly failure?: FailureFacts;
  readonly clock: ClockFacts;
  /** What came before the event; only conditions ask it. */
  readonly history?: History;
  /** The playbook's parameters with their values; only references see them. */
  readonly parameters?: Readonly<Record<string, Json>>;
}

/** The least that a condition needs: what is not there is unknown. */
export interface MatchFacts {
  readonly event: { readonly type: string; readonly data: unknown };
  readonly agent?: unknown;
  readonly task?: unknown;
  readonly failure?: unknown;
  readonly clock?: unknown;
  readonly history?: History;
}

/** What is remembered of the time before one event. `undefined` is not known. */
export interface History {
  /** Events of the window, with the one that is asked about if it is one of them. */
  count(window: Window): number | undefined;
  /** Since the last event; not `sure` when none was ever heard, and it may have been longer ago. */
  quiet(window: Window): { readonly ms: number; readonly sure: boolean } | undefined;
  /** The value in the event before, where it had one. */
  previous(window: Window): { readonly value: unknown } | undefined;
}

/** First segments of a path. */
export const factRoots = ["event", "agent", "task", "failure", "clock", "parameters"] as const;

export interface EventFacts {
  readonly id: string;
  readonly type: string;
  readonly source?: string;
  readonly subject?: string;
  readonly severity?: Severity;
  readonly principal?: string;
  readonly correlationid?: string;
  readonly depth?: number;
  readonly time?: string;
  readonly data: unknown;
}

/** An agent as the reactor sees it. */
export interface AgentFacts {
  readonly id: string;
  readonly kind: string;
  readonly state: AgentState;
  readonly breaker: BreakerState;
  readonly config: Json;
  readonly configVersion: number;
  readonly configHash: string;
  readonly group?: string;
  /** What holds for its tasks beside its kind's configuration, its advice among that. */
  readonly tuning?: AgentTuning;
  /** Tasks it may have at once. */
  readonly concurrency: number;
  /** Whether it takes new tasks. */
  readonly accepting: boolean;
  /** Its tasks that run now. */
  readonly running: readonly string[];
  readonly processes: readonly ProcessIdentity[];
}

/** A task as the reactor sees it. */
export interface TaskFacts {
  readonly id: string;
  readonly state: "queued" | "running" | "waiting" | "succeeded" | "failed" | "dead" | "cancelled";
  readonly agentId?: string;
  readonly input: Json;
  readonly attempts: number;
  readonly priority?: string;
}

/** The failure behind the event: its fingerprint and, where known, the lesson about it. */
export interface FailureFacts {
  readonly fingerprint: string;
  /** What it was called before, oldest first. */
  readonly formerly?: readonly string[];
  readonly template?: string;
  readonly message?: string;
  readonly code?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly status?: number;
  readonly reason?: string;
  /** Distinct tasks that met it so far. */
  readonly tasks?: number;
  readonly lessonId?: string;
  readonly level?: string;
}

export interface ClockFacts {
  readonly now: string;
  readonly hour: number;
  readonly minute: number;
  readonly weekday: "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";
}

const weekdays = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"] as const;

/** The clock in UTC, as conditions see it. */
export function clockFacts(atMs: number): ClockFacts {
  const day = Math.floor(atMs / 86_400_000);
  const weekday = weekdays[((day % 7) + 7) % 7] ?? "thu";
  const minutes = Math.floor(atMs / 60_000) - day * 1440;
  return { now: isoTime(atMs), hour: Math.floor(minutes / 60), minute: minutes % 60, weekday };
}
