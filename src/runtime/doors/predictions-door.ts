import type { Signal } from "../../domain/forecast/agent-past.ts";
import type { Forecast } from "../../domain/forecast/forecaster.ts";
import { brierOf, OUTCOMES_NEEDED, type Proof, proofOf, type Skill } from "../../domain/forecast/skill.ts";
import type { PredictionsView } from "../../http/shapes/predictions.ts";
import type { Runtime } from "../../runtime.ts";

/** Which agents are likely to fail next; nothing but how the forecasts did while they are not proven. */
export function predictionsOf({ views, ports }: Runtime): PredictionsView {
  const { forecaster } = views.predictions;
  const { skill } = forecaster;
  const nowMs = ports.clock.now();
  const proof = proofOf(skill);
  const items = proof === "proven" ? forecaster.all(nowMs).filter(({ agentId }) => accepts(agentId)) : [];
  return {
    state: proof === "proven" ? "proven" : "not_proven",
    why: whyOf(proof, skill),
    judged: skill.judged,
    brier: skill.judged === 0 ? null : { ...brierOf(skill), over: skill.slice.length },
    items: items.map((one) => ({
      agent: one.agentId,
      failing: one.failing,
      base: one.base,
      why: one.because.map((signal) => sayings[signal](one, nowMs)),
    })),
    atMs: nowMs,
  };

  function accepts(agentId: string): boolean {
    return views.agents.get(agentId)?.accepting === "yes";
  }
}

function whyOf(proof: Proof, skill: Skill): string {
  if (proof === "too_few") return `${skill.judged} of ${OUTCOMES_NEEDED} outcomes that are needed`;
  const { forecast, base } = brierOf(skill);
  const figures = `squared error ${forecast.toFixed(3)} against ${base.toFixed(3)} of the base rate, over the last ${skill.slice.length} outcomes`;
  if (proof === "proven") return `better than the base rate: ${figures}`;
  return proof === "no_longer"
    ? `no longer better than the base rate: ${figures}`
    : `not shown to be better than the base rate: ${figures}`;
}

const sayings: Readonly<Record<Signal, (forecast: Forecast, nowMs: number) => string>> = {
  recent: ({ past, base }) => `its last tasks failed ${past.recent > base ? "more" : "less"} often than usual`,
  trend: ({ past }) => `it does ${past.recent > past.lasting ? "worse" : "better"} than it did`,
  streak: ({ past }) => `its last ${past.streak} tasks failed in a row`,
  fresh: ({ past }, nowMs) =>
    `its last failure was ${Math.round((nowMs - (past.lastFailureAtMs ?? nowMs)) / 1_000)} s ago`,
  breaker: ({ past }) => `its breaker is ${past.breaker === "open" ? "open" : "half open"}`,
};
