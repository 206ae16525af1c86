import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstArm, TrialBlocks } from "../../../src/domain/trial-blocks.ts";

describe("the blocks of a trial", () => {
  it("count in the order in which they began, whatever the order in which they ended", () => {
    const tasks = Array.from({ length: 12 }, (_, block) => [
      { block, arm: "control" as const, succeeded: block % 3 === 0 },
      { block, arm: "candidate" as const, succeeded: block % 2 === 0 },
    ]).flat();
    const inOrder = tasks
      .filter(({ arm }) => arm === "control")
      .map(({ block }) => ({ control: block % 3 === 0, candidate: block % 2 === 0 }));
    fc.assert(
      fc.property(fc.shuffledSubarray(tasks, { minLength: tasks.length }), (ended) => {
        const blocks = new TrialBlocks(12);
        expect(ended.flatMap(({ block, arm, succeeded }) => blocks.arrive(block, arm, succeeded))).toEqual(inOrder);
        expect(blocks.counted).toBe(12);
      }),
    );
  });

  it("wait for an earlier block that is still running", () => {
    const blocks = new TrialBlocks(5);
    expect(blocks.arrive(1, "control", true)).toEqual([]);
    expect(blocks.arrive(1, "candidate", true)).toEqual([]);
    expect(blocks.arrive(0, "control", false)).toEqual([]);
    expect(blocks.arrive(0, "candidate", true)).toEqual([
      { control: false, candidate: true },
      { control: true, candidate: true },
    ]);
  });

  it("take the first outcome of a task that is told twice, before and after its block has counted", () => {
    const blocks = new TrialBlocks(5);
    blocks.arrive(0, "control", true);
    blocks.arrive(0, "control", false);
    expect(blocks.arrive(0, "candidate", false)).toEqual([{ control: true, candidate: false }]);
    expect(blocks.arrive(0, "candidate", true)).toEqual([]);
    expect(blocks.counted).toBe(1);
  });

  it("ignore what belongs to no block of the trial", () => {
    const blocks = new TrialBlocks(2);
    for (const block of [-1, 2, 0.5, Number.NaN]) {
      expect(blocks.arrive(block, "control", true)).toEqual([]);
      expect(blocks.arrive(block, "candidate", true)).toEqual([]);
    }
    expect(blocks.counted).toBe(0);
  });
});

describe("firstArm", () => {
  it("goes by chance and nothing else", () => {
    expect(firstArm(() => 0.49)).toBe("control");
    expect(firstArm(() => 0.5)).toBe("candidate");
  });
});
