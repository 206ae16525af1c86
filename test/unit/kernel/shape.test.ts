import { describe, expect, it } from "vitest";
import { listOf, number, objectOf, optional, pairOf, text } from "../../../src/kernel/shape.ts";

const shape = objectOf({
  name: text,
  rows: listOf(objectOf({ pair: pairOf(text, listOf(number)), more: optional(text) })),
});
const whole = { name: "n", rows: [{ pair: ["a", [1, 2]] }, { pair: ["b", []], more: "m" }] };

describe("a shape", () => {
  it("gives what it was made of, and nothing that it does not name", () => {
    expect(shape({ ...whole, other: 1 }, "it")).toEqual(whole);
  });

  it.each([
    [{ ...whole, name: 1 }, "it.name should be a text and is a value of type number"],
    [{ ...whole, rows: null }, "it.rows should be a list and is null"],
    [{ ...whole, rows: [...whole.rows, []] }, "it.rows.2 should be an object and is a list"],
    [
      { ...whole, rows: [{ pair: ["a", [1, "2"]] }] },
      "it.rows.0.pair.1.1 should be a number and is a value of type string",
    ],
    [{ ...whole, rows: [{ pair: ["a"] }] }, "it.rows.0.pair should be a pair and is a list"],
    [[], "it should be an object and is a list"],
  ])("names the place that is amiss (%#)", (value, message) => {
    expect(() => shape(value, "it")).toThrow(message);
  });
});
