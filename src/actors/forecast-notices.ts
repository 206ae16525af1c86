import { brierOf, type Proof, proofOf, type Skill } from "../domain/forecast/skill.ts";
import { type AnyEvent, is } from "../events/envelope.ts";
import { objectOf, yesNo } from "../kernel/shape.ts";
import { announce, type Output } from "../machines/output.ts";
import type { Reflex } from "./kind.ts";

const saved = objectOf({ proven: yesNo });

/** What it costs that forecasts are none, by why they are not proven. */
const because: Readonly<Record<Exclude<Proof, "proven">, string>> = {
  too_few: "too few outcomes were judged",
  no_better: "the evidence of all outcomes no longer suffices",
  no_longer: "they were no better than the base rate over the latest outcomes",
};

/**
 * Says when forecasts become proven, from when on the scheduler heeds them, and when they are no longer.
 *
 * @param skill how the forecasts did, with the event that is being heard
 */
export function forecastNotices(skill: () => Skill): Reflex {
  let proven = false;
  return {
    name: "forecast-notices",
    state: {
      name: "forecast-notices",
      version: 1,
      snapshot: () => ({ proven }),
      restore(value) {
        proven = saved(value, "forecast-notices").proven;
      },
    },
    listens: ["task.succeeded", "task.failed", "forecast.proven", "forecast.unproven", "engine.started"],
    hear(event) {
      if (is(event, "forecast.proven") || is(event, "forecast.unproven")) {
        proven = is(event, "forecast.proven");
        return [];
      }
      return changed(event);
    },
  };

  function changed({ sequence }: AnyEvent): readonly Output[] {
    const now = skill();
    const proof = proofOf(now);
    if ((proof === "proven") === proven) return [];
    const { forecast, base } = brierOf(now);
    const data = { judged: now.judged, over: now.slice.length, forecast, base, evidence: Math.exp(now.evidence) };
    const about = { subject: "forecasts", key: `${proof}/${sequence}` };
    return proof === "proven"
      ? [announce("forecast.proven", data, about)]
      : [announce("forecast.unproven", { ...data, because: because[proof] }, about)];
  }
}
