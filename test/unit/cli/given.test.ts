import { describe, expect, it } from "vitest";
import { UsageError } from "../../../src/cli/exit.ts";
import { readGiven, requireOperands } from "../../../src/cli/given.ts";
import type { Shape } from "../../../src/cli/shape.ts";

const shape: Shape = {
  operands: [
    { name: "ID", says: "the id" },
    { name: "MORE", says: "what else", optional: true },
  ],
  options: {
    count: { type: "string", says: "how many" },
    wait: { type: "string", says: "how long" },
    level: { type: "string", says: "which" },
    sure: { type: "string", says: "how sure" },
    tag: { type: "string", multiple: true, says: "a tag" },
    force: { type: "boolean", short: "f", says: "really" },
  },
};
const running: Shape = {
  operands: [
    { name: "ID", says: "the id", optional: true },
    { name: "COMMAND", says: "what runs", many: true, behindDashes: true },
  ],
};

/** What is said about a command line that is not taken. */
function refusal(read: () => unknown): string {
  try {
    read();
  } catch (failure) {
    if (failure instanceof UsageError) return failure.message;
    throw failure;
  }
  return "nothing";
}

describe("what is given", () => {
  it("reads options and operands in any order, common ones too", () => {
    const given = readGiven(shape, ["--count", "3", "x", "--json", "-f", "--tag=a", "y", "--tag", "b"]);
    expect([given.operand("ID"), given.operands("MORE")]).toEqual(["x", ["y"]]);
    expect([given.count("count"), given.flag("force"), given.flag("json")]).toEqual([3, true, true]);
    expect(given.texts("tag")).toEqual(["a", "b"]);
    expect([given.has("wait"), given.text("wait"), given.flag("help")]).toEqual([false, undefined, false]);
  });

  it("reads durations, words, shares and whole numbers, and refuses what is none with what it takes", () => {
    const read = (...argv: string[]) => readGiven(shape, ["x", ...argv]);
    expect(read("--wait", "1.5m").durationMs("wait")).toBe(90_000);
    expect(read("--level", "low").oneOf("level", ["low", "high"])).toBe("low");
    expect(read("--sure", ".5").share("sure")).toBe(0.5);
    expect(refusal(() => read("--wait", "5").durationMs("wait"))).toContain("takes a duration such as 500ms");
    expect(refusal(() => read("--level", "lo").oneOf("level", ["low", "high"]))).toContain('takes low, high, not "lo"');
    for (const text of ["1.5", "-1", "1e9", "0x1", "", "99999999999999999999"])
      expect(refusal(() => read(`--count=${text}`).count("count"))).toContain("takes a whole number");
    expect(refusal(() => read("--count", "0").count("count", 1))).toContain("from 1 on");
    for (const text of ["1.1", "-0.5", "much"])
      expect(refusal(() => read(`--sure=${text}`).share("sure"))).toContain("takes a number from 0 to 1");
  });

  it("hands everything behind the dashes to the operand that stands there, options too", () => {
    const given = readGiven(running, ["--json", "a", "--", "python3", "--json", "x.py", "--", "y"]);
    expect(given.operands("COMMAND")).toEqual(["python3", "--json", "x.py", "--", "y"]);
    expect([given.operand("ID"), given.flag("json")]).toEqual(["a", true]);
  });

  it("takes what stands behind the dashes as operands where none has its place there", () => {
    expect(readGiven(shape, ["--", "--count"]).operand("ID")).toBe("--count");
  });

  it("says which option there is not, and which there are", () => {
    expect(refusal(() => readGiven(shape, ["x", "--cuont", "3"]))).toMatch(/no option --cuont; known are --count, /);
    expect(refusal(() => readGiven(shape, ["x", "--count"]))).toContain("--count");
    expect(refusal(() => readGiven(shape, ["x", "--force=yes"]))).toContain("force");
  });

  it("refuses an option twice that takes one value, and takes one that may be repeated", () => {
    expect(refusal(() => readGiven(shape, ["x", "--count", "1", "--count=2"]))).toBe(
      "--count is given twice, and takes one value",
    );
    expect(readGiven(shape, ["x", "--tag", "a", "--tag", "b", "-f", "-f"]).texts("tag")).toEqual(["a", "b"]);
  });

  it("says which argument is missing, and which is too many", () => {
    expect(refusal(() => requireOperands(shape, readGiven(shape, [])))).toBe("ID is missing: the id");
    expect(refusal(() => requireOperands(running, readGiven(running, ["a"])))).toBe("-- COMMAND is missing: what runs");
    expect(refusal(() => readGiven(shape, ["x", "y", "z"]))).toBe('"z" is one argument too many');
    expect(refusal(() => readGiven(running, ["a", "b", "--", "c"]))).toBe(
      '"b" is not expected here; COMMAND stands behind --',
    );
  });
});
