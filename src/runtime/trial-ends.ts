import type { ImprovementDeps } from "../actors/improvement.ts";
import type { AgentPool } from "../actors/pool.ts";
import type { ShadowDesk } from "../actors/shadows.ts";

/** What a change had running beside its agent: copies end at once, a trial with its last task. */
export function trialEnds(
  pool: Pick<AgentPool, "dismiss">,
  shadows: Pick<ShadowDesk, "dismiss">,
): Pick<ImprovementDeps, "endShadow" | "dismiss"> {
  return {
    endShadow: (agentId, improvementId) => shadows.dismiss(agentId, improvementId),
    async dismiss(agentId, improvementId) {
      await shadows.dismiss(agentId, improvementId);
      await pool.dismiss(agentId, improvementId);
    },
  };
}
