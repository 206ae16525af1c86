import { describe, expect, it } from "vitest";
import { BEFORE } from "../../../src/domain/interference.ts";
import { RecentOutcomes } from "../../../src/domain/recent-outcomes.ts";
import { madeNow } from "../../../src/kernel/checkpointed.ts";

function follow(...steps: readonly string[]) {
  const outcomes = new RecentOutcomes();
  outcomes.setupIs("a", "first");
  tell(outcomes, ...steps);
  return outcomes;
}

/** `+t`: task t begins; `t`, `!t` and `-t`: it succeeds, fails, or ends and says nothing. Later tasks have higher names. */
function tell(outcomes: RecentOutcomes, ...steps: readonly string[]) {
  for (const step of steps) {
    const task = step.replace(/^[+!-]/, "");
    if (step.startsWith("+")) outcomes.begins(task, "a", Number(task));
    else
      outcomes.ends(task, "a", step.startsWith("!") ? "failed" : step.startsWith("-") ? "says_nothing" : "succeeded");
  }
}

const said = (outcomes: RecentOutcomes) =>
  outcomes.of("a").map(({ began, failed }) => (failed === undefined ? `${began}` : `!${began}`));

describe("the recent outcomes of an agent", () => {
  it("are in the order in which the tasks began, and each counts once", () => {
    expect(said(follow("+1", "+2", "+3", "3", "!1", "2", "1", "!9"))).toEqual(["!1", "2", "3"]);
  });

  it("end before the first that is under way: those that take long and fail would be missing", () => {
    const outcomes = follow("+1", "+2", "+3", "+4", "1", "3", "4");
    expect(said(outcomes)).toEqual(["1"]);
    tell(outcomes, "!2");
    expect(said(outcomes)).toEqual(["1", "!2", "3", "4"]);
  });

  it("leave out what says nothing and what another agent ended", () => {
    const outcomes = follow("+1", "+2", "-1");
    outcomes.ends("2", "b", "failed");
    expect(said(outcomes)).toEqual([]);
    expect(outcomes.of("b")).toEqual([]);
  });

  it("are of the setup that the agent has: of another one neither what ended counts nor what is under way", () => {
    const outcomes = follow("+1", "1", "+2");
    outcomes.setupIs("a", "first");
    expect(said(outcomes)).toEqual(["1"]);
    outcomes.setupIs("a", "second");
    tell(outcomes, "+3", "!2", "3");
    expect(said(outcomes)).toEqual(["3"]);
  });

  it("are the newest so many", () => {
    const outcomes = new RecentOutcomes();
    for (let n = 0; n < 2 * BEFORE.most; n++) tell(outcomes, `+${n}`, `${n}`);
    expect(said(outcomes)).toHaveLength(BEFORE.most);
    expect(said(outcomes).at(-1)).toBe(`${2 * BEFORE.most - 1}`);
  });

  it("are the same after a checkpoint, and none after one of an engine that did not keep them", () => {
    const before = follow("+1", "+2", "!1", "2", "+3");
    const written: unknown = JSON.parse(JSON.stringify(madeNow(before.snapshot())));
    const after = new RecentOutcomes();
    after.restore(written, "recent");
    tell(after, "!3", "+4", "4");
    tell(before, "!3", "+4", "4");
    expect(said(after)).toEqual(["!1", "2", "!3", "4"]);
    expect(said(after)).toEqual(said(before));
    after.setupIs("a", "second");
    expect(said(after)).toEqual([]);
    before.restore(undefined, "recent");
    expect(said(before)).toEqual([]);
    expect(() => after.restore({ ended: "?" }, "recent")).toThrow("recent.");
  });
});
