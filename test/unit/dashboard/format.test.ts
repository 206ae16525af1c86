import { describe, expect, it } from "vitest";
import {
  ago,
  amount,
  duration,
  NOT_ENOUGH,
  perCent,
  percent,
  score,
  shortIds,
  until,
} from "../../../dashboard/src/format.ts";

describe("the page's numbers", () => {
  it.each([percent(null), perCent(undefined), score(null), duration(undefined)])(
    "say that there is not enough data where nothing was measured",
    (said) => {
      expect(said).toBe(NOT_ENOUGH);
    },
  );

  it("tell zero from nothing", () => {
    expect([percent(0), perCent(0), score(0), duration(0)]).toEqual(["0.0 %", "0.0 %", "0.000", "0 ms"]);
  });

  it.each([
    [0.42, "0.42 ms"],
    [8.04, "8.0 ms"],
    [999, "999 ms"],
    [1_500, "1.5 s"],
    [61_000, "1 min 01 s"],
    [3_600_000, "1 h"],
    [190_000_000, "2 d 04 h"],
  ])("say %d ms in the unit a person would use", (ms, said) => {
    expect(duration(ms)).toBe(said);
  });

  it("say how long ago and how long until", () => {
    expect([ago(9_500, 10_000), ago(0, 59_000), ago(0, 7_200_000)]).toEqual(["now", "59 s ago", "2 h ago"]);
    expect([until(9_000, 10_000), until(12_100, 10_000)]).toEqual(["due", "in 3.0 s"]);
  });

  it("count one thing and many", () => {
    expect([amount(1, "fix", "fixes"), amount(1_200, "task")]).toEqual(["1 fix", "1,200 tasks"]);
  });
});

describe("long ids", () => {
  it("are cut to their end within a text, with the kind they name", () => {
    const id = "0199a1f0-4b1c-7def-8123-456789abcdef";
    expect(shortIds(`task-${id} on coder, event ${id}`)).toBe("task-…abcdef on coder, event …abcdef");
  });

  it("that are short already stay", () => {
    expect(shortIds("run-9b5f2c7de87b32ef of agent/coder-1a2b")).toBe("run-9b5f2c7de87b32ef of agent/coder-1a2b");
  });
});
