import { describe, expect, it } from "vitest";
import type { Command, Group } from "../../../src/cli/command.ts";
import { commandHelp, groupHelp, programHelp, usageOf } from "../../../src/cli/help.ts";
import { unpainted } from "../../../src/cli/terminal.ts";

const run: Command = {
  name: "run",
  summary: "Run something",
  operands: [
    { name: "ID", says: "its id", optional: true },
    { name: "COMMAND", says: "what runs", many: true, behindDashes: true },
  ],
  options: {
    tag: { type: "string", value: "NAME", multiple: true, says: "a tag" },
    force: { type: "boolean", short: "f", says: "really" },
  },
  notes: ["It is quick."],
  examples: ["aios run -- true", "aios run x -f -- true"],
  run: () => Promise.resolve(0),
};
const group: Group = { name: "things", summary: "Things", usual: "run", commands: [run] };

describe("the help", () => {
  it("says in one line how a command is called", () => {
    expect(usageOf("things run", run)).toBe("aios things run [--tag NAME]… [--force] [ID] -- COMMAND…");
  });

  it("names everything that a command takes, aligned, with the options that every command has", () => {
    const text = commandHelp("things run", run, unpainted);
    expect(text).toContain("  ID       its id\n  COMMAND  what runs\n");
    expect(text).toMatch(/^ {2}--tag NAME +a tag$/m);
    expect(text).toMatch(/^ {2}-f, --force +really$/m);
    expect(text).toMatch(/^ {2}--data-dir DIR +the data directory \(AIOS_DATA_DIR\)$/m);
    expect(text).toContain("It is quick.\n\nExamples\n  aios run -- true\n  aios run x -f -- true\n");
  });

  it("lists the commands of a group and of the program, and says what a group alone means", () => {
    const text = groupHelp(group, unpainted);
    expect(text).toContain("  aios things run  Run something");
    expect(text).toContain("`aios things` alone is `aios things run`.");
    const whole = programHelp([group, run], "1.2.3", unpainted);
    expect(whole).toMatch(/^aios 1\.2\.3: /);
    expect(whole).toContain("  things  Things\n  run     Run something");
    expect(whole).toContain("Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused, 4 not reachable.");
  });
});
