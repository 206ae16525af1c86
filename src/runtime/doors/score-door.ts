import type { HttpDeps } from "../../http/deps.ts";
import type { Runtime } from "../../runtime.ts";

/** The whole's score, and how each agent and each playbook does. */
export function scoreDoor({ score, standings }: Runtime): HttpDeps["score"] {
  return {
    current: () => score.current(),
    history: () => score.history(),
    standings: () =>
      standings.list().map(({ kind, id, recent, trend, alerted }) => ({ kind, id, ...recent, trend, alerted })),
  };
}
