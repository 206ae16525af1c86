import { breakerActors } from "../../../../src/actors/breaker.ts";
import { limitsSettings } from "../../../../src/domain/playbook/limits/settings.ts";
import type { BreakerContext } from "../../../../src/machines/breaker.ts";
import { comes, type Draft, heardAs, type Model } from "./model.ts";
import { target, trigger } from "./run.ts";

const settledRun = (id: string, outcome: "fixed" | "not_fixed"): Draft => ({
  type: "playbook.settled",
  data: {
    runId: id,
    playbookId: "p",
    target,
    trigger,
    outcome,
    rollback: "none",
    reason: "",
    via: "trigger",
    rehearsed: false,
    residue: [],
    settleMs: 10,
  },
});

export function breakerModel(): Model {
  return {
    kind: breakerActors(limitsSettings.parse({ breakerFailures: 2, breakerOpenMs: 1_000 })),
    name: "p",
    birth: { type: "playbook.settled", data: { ...(settledRun("r", "fixed").data as object), rehearsed: true } },
    steps: [
      heardAs("FAILURE", settledRun("r", "not_fixed")),
      heardAs("SUCCESS", settledRun("r", "fixed")),
      heardAs("RELAPSE", { type: "playbook.relapsed", data: { runId: "r", playbookId: "p", target, again: "e" } }),
      heardAs("RESET", { type: "playbook.enabled", data: { playbookId: "p", by: "me" } }),
      comes("open"),
    ],
    seen: ({ value, context }) => {
      const { breaker, forgiven } = context as BreakerContext;
      return JSON.stringify([value, Math.min(breaker.failures, 9), Math.min(forgiven, 9)]);
    },
  };
}
