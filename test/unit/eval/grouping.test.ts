import { describe, expect, it } from "vitest";
import { groupingAccuracy, lessonF1 } from "../../../eval/grouping.ts";

describe("the accuracy of groups", () => {
  it("counts the lines whose group is exactly a true one, whatever it is called", () => {
    expect(groupingAccuracy(["a", "a", "b", "c"], ["1", "1", "2", "3"])).toBe(1);
    expect(groupingAccuracy(["a", "a", "b", "c"], ["1", "1", "2", "2"])).toBe(0.5);
    expect(groupingAccuracy(["a", "a", "a", "b"], ["1", "1", "2", "3"])).toBe(0.25);
    expect(groupingAccuracy([], [])).toBeNull();
  });
});

describe("the F1 of lessons", () => {
  it("looks at groups of three lines and more", () => {
    expect(lessonF1(["a", "a", "a", "b", "c"], ["1", "1", "1", "2", "2"])).toBe(1);
    // One of two true lessons found, nothing else.
    expect(lessonF1(["a", "a", "a", "b", "b", "b"], ["1", "1", "1", "2", "2", "3"])).toBeCloseTo(2 / 3, 9);
    // Both swallowed by one group that is no lesson.
    expect(lessonF1(["a", "a", "a", "b", "b", "b"], ["1", "1", "1", "1", "1", "1"])).toBe(0);
    expect(lessonF1(["a", "b"], ["1", "1"])).toBeNull();
  });
});
