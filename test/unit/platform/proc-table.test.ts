import { describe, expect, it } from "vitest";
import { parseStat } from "../../../src/platform/proc-table.ts";

const rest = "S 4129 4130 2432 0 -1 4194304 102 0 0 0 11 7 5 3 20 0 1 0 18446744073709551615 3133440 384 0";

describe("a line of /proc/PID/stat", () => {
  it("is read by the fields of proc(5)", () => {
    expect(parseStat(`4139 (cat) ${rest}\n`)).toEqual({
      pid: 4139,
      state: "S",
      parent: 4129,
      group: 4130,
      cpuTicks: 26,
      startTime: "18446744073709551615",
      rssPages: 384,
    });
  });

  it("may name a program with spaces and parentheses", () => {
    expect(parseStat(`7 (a) R 1 (b c) ${rest}`)).toMatchObject({ pid: 7, state: "S", parent: 4129 });
  });

  it("is nothing when it is cut or empty", () => {
    expect(parseStat("")).toBeUndefined();
    expect(parseStat("7 (cat) S 1 2")).toBeUndefined();
  });
});
