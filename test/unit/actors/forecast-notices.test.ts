import { describe, expect, it } from "vitest";
import { forecastNotices } from "../../../src/actors/forecast-notices.ts";
import { judged, type Skill, unjudged } from "../../../src/domain/forecast/skill.ts";
import type { AnyEvent } from "../../../src/events/envelope.ts";
import { heard } from "../../support/heard.ts";
import { facts } from "../../support/story.ts";

const seer = (skill: Skill, n: number) => judged(skill, n % 2 === 0 ? 0.9 : 0.1, 0.5, n % 2 === 0);
const fool = (skill: Skill, n: number) => judged(skill, n % 2 === 0 ? 0.1 : 0.9, 0.5, n % 2 === 0);

describe("whether forecasts are proven", () => {
  it("is said once when they are, with the evidence, and once when they are no longer", () => {
    let skill = unjudged;
    const reflex = forecastNotices(() => skill);
    const said: AnyEvent[] = [];
    const end = (n: number) => {
      for (const output of reflex.hear(heard("task.succeeded", facts.succeeded(`t${n}`)))) {
        if (output.type !== "announce") continue;
        const event = heard(output.event, output.data);
        said.push(event);
        expect(reflex.hear(event)).toEqual([]);
      }
    };
    for (let n = 0; n < 150; n++) {
      skill = seer(skill, n);
      end(n);
    }
    expect(said).toMatchObject([{ type: "forecast.proven", data: { judged: 100, over: 100, base: 0.25 } }]);
    expect(reflex.hear(heard("engine.started", { version: "0", node: "n", pid: 1, previous: "clean" }))).toEqual([]);
    for (let n = 0; n < 150; n++) {
      skill = fool(skill, n);
      end(n);
    }
    expect(said.map(({ type }) => type)).toEqual(["forecast.proven", "forecast.unproven"]);
    expect(said[1]?.data).toMatchObject({ because: "the evidence of all outcomes no longer suffices" });
  });
});
