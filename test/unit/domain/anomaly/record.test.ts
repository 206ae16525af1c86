import { describe, expect, it } from "vitest";
import { Records } from "../../../../src/domain/anomaly/record.ts";

function knowing(values: readonly number[]): Records {
  const records = new Records();
  for (const value of values) records.next(value, true);
  return records;
}

const usual = (length: number) => Array.from({ length }, (_, n) => n % 101);

describe("a record", () => {
  it("lies clearly beyond all that is remembered, above or below", () => {
    expect(knowing(usual(300)).next(104, true)).toBeUndefined();
    expect(knowing(usual(300)).next(106, true)).toBe("high");
    expect(knowing(usual(300)).next(-6, true)).toBe("low");
  });

  it("is none while the usual range is not known", () => {
    expect(knowing(usual(99)).next(500, true)).toBeUndefined();
    expect(knowing(usual(300)).next(500, false)).toBeUndefined();
    expect(knowing(Array<number>(300).fill(5)).next(6, true)).toBeUndefined();
  });

  it("keeps later ones quiet for a while", () => {
    const records = knowing([...usual(300), 200]);
    expect(records.next(400, true)).toBeUndefined();
    for (const value of usual(60)) records.next(value, true);
    expect(records.next(800, true)).toBe("high");
  });

  it("is forgotten after 4,096 samples: one huge spike hides no later one for ever", () => {
    const spiked = (length: number) => knowing([...usual(300), 1e6, ...usual(length)]);
    expect(spiked(3_900).next(150, true)).toBeUndefined();
    expect(spiked(4_100).next(150, true)).toBe("high");
  });
});
