import type { RestartPolicy, Strategy } from "../events/vocabulary.ts";
import type { BackoffSettings } from "../resilience/backoff.ts";
import type { Intensity } from "../resilience/restarts.ts";

export interface Child {
  readonly id: string;
  readonly restart: RestartPolicy;
}

/** What a supervisor is told to do. Children stand in the order in which they are started. */
export interface SupervisorPlan {
  readonly strategy: Strategy;
  readonly children: readonly Child[];
  readonly intensity: Intensity;
  readonly backoff: BackoffSettings;
  /** Failures at one and the same event after which the child begins again without it. */
  readonly skipAfter: number;
}

/** The children that begin again because of `failed`, in the order of their start. */
export function affectedBy({ strategy, children }: SupervisorPlan, failed: string): readonly string[] {
  const ids = children.map(({ id }) => id);
  if (strategy === "one_for_all") return ids;
  if (strategy === "rest_for_one") return ids.slice(Math.max(0, ids.indexOf(failed)));
  return [failed];
}

/** Whether a child is to run again after it ended. */
export function comesBack({ children }: SupervisorPlan, id: string, ended: "failed" | "in_order"): boolean {
  const policy = children.find((child) => child.id === id)?.restart;
  return policy === "permanent" || (policy === "transient" && ended === "failed");
}
