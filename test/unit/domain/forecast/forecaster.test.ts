import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Forecaster, HOLDS_MS } from "../../../../src/domain/forecast/forecaster.ts";
import { brierOf, judged, proofOf, type Skill, SLICE, unjudged } from "../../../../src/domain/forecast/skill.ts";
import { forecastOf, learned, noWeights } from "../../../../src/domain/forecast/weights.ts";
import { SeededEntropy } from "../../../../src/simulation/seeded-entropy.ts";

const EACH_MS = 10_000;
const AGENTS = ["a", "b", "c"];

/** Gives work in turn; `fails` says how a task of an agent ends. */
function lived(
  count: number,
  fails: (agent: string, n: number) => boolean,
  look: (one: Forecaster) => void = () => {},
) {
  const forecaster = new Forecaster();
  for (let n = 0; n < count; n++) {
    const agent = AGENTS[n % AGENTS.length] ?? "a";
    forecaster.begin(`task-${n}`, agent, n * EACH_MS);
    forecaster.end(`task-${n}`, fails(agent, n), (n + 0.5) * EACH_MS);
    look(forecaster);
  }
  return forecaster;
}

/** Trouble that comes and stays for a while: a failure mostly follows a failure. */
function bursts(seed: number) {
  const entropy = new SeededEntropy(seed);
  const troubled = new Map<string, boolean>();
  return (agent: string) => {
    const now = entropy.random() < (troubled.get(agent) === true ? 0.85 : 0.06);
    troubled.set(agent, now);
    return now;
  };
}

describe("a forecast of failures", () => {
  it("is proven where they come in bursts, with a lower squared error than the base rate on the latest outcomes", () => {
    let proven = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const { isProven, skill } = lived(600, bursts(seed));
      if (!isProven) continue;
      proven++;
      expect(brierOf(skill).forecast).toBeLessThan(brierOf(skill).base);
    }
    expect(proven).toBeGreaterThanOrEqual(38);
  });

  it.each([0.05, 0.2, 0.5])(
    "is hardly ever proven where they fall like coins (chance %d), though it is looked at after every outcome",
    (chance) => {
      let ever = 0;
      for (let seed = 1; seed <= 100; seed++) {
        const entropy = new SeededEntropy(1_000 * seed);
        let wrong = false;
        lived(
          600,
          (agent) => entropy.random() < chance * (agent === "a" ? 1.5 : 1),
          (one) => {
            wrong ||= one.isProven;
          },
        );
        ever += Number(wrong);
      }
      expect(ever).toBeLessThanOrEqual(5);
    },
  );

  it("is not proven of few outcomes, whatever they were", () => {
    expect(proofOf(lived(99, (_, n) => n % 30 < 15).skill)).toBe("too_few");
  });

  it("is proven no longer once its latest slice is no better than the base rate", () => {
    const of = (count: number, forecast: number, from: Skill) =>
      Array.from({ length: count }).reduce<Skill>((skill) => judged(skill, forecast, 0.5, false), from);
    const good = of(400, 0.2, unjudged);
    expect(proofOf(good)).toBe("proven");
    // The bets that were won do not count for ever: the slice decides too.
    expect(proofOf(of(SLICE, 0.51, good))).toBe("no_longer");
  });

  it("knows nothing of what comes after: the same past gives the same forecast, whatever follows", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), fc.array(fc.boolean()), (past, later) => {
        const outcome = (ends: readonly boolean[]) => (_: string, n: number) => ends[n] === true;
        const short = lived(past.length, outcome(past));
        const made: unknown[] = [];
        lived(past.length + later.length, outcome([...past, ...later]), (one) => {
          made.push(one.all(past.length * EACH_MS));
        });
        expect(made[past.length - 1]).toEqual(short.all(past.length * EACH_MS));
      }),
    );
  });

  it("is made of what ended before its task began, and of nothing that ended meanwhile", () => {
    const forecaster = lived(30, (_, n) => n % 2 === 0);
    forecaster.begin("early", "a", 300_000);
    const before = new Map(forecaster.state.made).get("early");
    forecaster.begin("other", "a", 300_001);
    forecaster.end("other", true, 300_002);
    expect(new Map(forecaster.state.made).get("early")).toEqual(before);
  });

  it("stays a chance, and stands where it stood when it is written down and read again", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (ends) => {
        const forecaster = lived(ends.length, (_, n) => ends[n] === true);
        for (const { failing, base } of forecaster.all(ends.length * EACH_MS)) {
          expect(failing).toBeGreaterThan(0);
          expect(failing).toBeLessThan(1);
          expect(base).toBeGreaterThan(0);
          expect(base).toBeLessThan(1);
        }
        const again = new Forecaster();
        again.restore(JSON.parse(JSON.stringify(forecaster.state)) as typeof forecaster.state);
        expect(again.all(ends.length * EACH_MS)).toEqual(
          JSON.parse(JSON.stringify(forecaster.all(ends.length * EACH_MS))),
        );
        expect(again.skill).toEqual(forecaster.skill);
      }),
    );
  });

  it("says which agent and why, and nothing of one that has done nothing for long", () => {
    const forecaster = lived(900, bursts(5));
    for (let n = 0; n < 4; n++) {
      forecaster.begin(`bad-${n}`, "b", 9_000_000 + n);
      forecaster.end(`bad-${n}`, true, 9_000_001 + n);
      forecaster.begin(`good-${n}`, "c", 9_000_000 + n);
      forecaster.end(`good-${n}`, false, 9_000_001 + n);
    }
    const [first] = forecaster.all(9_000_010);
    expect(first).toMatchObject({ agentId: "b", past: { breaker: "closed" } });
    expect(first?.failing).toBeGreaterThan(0.5);
    expect(first?.because.length).toBeGreaterThan(0);
    expect(forecaster.of("b", 9_000_010 + HOLDS_MS)).toBeUndefined();
    forecaster.forget("c");
    expect(forecaster.of("c", 9_000_010)).toBeUndefined();
  });

  it("counts a task that ends twice once, and one that says nothing not at all", () => {
    const forecaster = new Forecaster();
    forecaster.begin("one", "a", 0);
    forecaster.end("one", true, 1);
    forecaster.end("one", false, 2);
    forecaster.begin("two", "a", 3);
    forecaster.drop("two");
    forecaster.end("two", true, 4);
    forecaster.end("never begun", true, 5);
    expect(forecaster.state).toMatchObject({ outcomes: 1, failures: 1, made: [] });
  });
});

describe("what signals are worth", () => {
  it("begins at nothing, where a forecast is the base rate", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 0.98, noNaN: true }), (base) => {
        expect(forecastOf(noWeights(2), base, [0.5, -0.5])).toBeCloseTo(base, 10);
      }),
    );
  });

  it("moves a forecast towards the outcome that was seen", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 0.9, noNaN: true }), fc.boolean(), (base, failed) => {
        const after = forecastOf(learned(noWeights(1), base, [0.7], failed), base, [0.7]);
        expect(failed ? after > base : after < base).toBe(true);
      }),
    );
  });
});
