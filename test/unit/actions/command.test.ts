import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argvOf, declaredCommand } from "../../../src/actions/command.ts";

const command = declaredCommand.parse({
  path: "/usr/bin/git",
  arguments: [
    "-C",
    { name: "repository", pattern: "/srv/[a-z]+" },
    { name: "verb", values: ["pull", "status"] },
    { name: "option", flag: true, optional: true },
    { name: "note", maxLength: 5, optional: true },
  ],
});
const given = { repository: "/srv/app", verb: "pull" };

describe("the arguments of a declared command", () => {
  it("stand in the declared order, with the values in their places", () => {
    expect(argvOf(command, { option: "--quiet", ...given })).toEqual({
      kind: "ok",
      argv: ["/usr/bin/git", "-C", "/srv/app", "pull", "--quiet"],
    });
  });

  it.each([
    ["a value that is missing", { verb: "pull" }, '"repository" is missing'],
    ["a name it does not take", { ...given, verbe: "x" }, 'did you mean "verb"?'],
    ["a value that fits only in part", { ...given, repository: "/srv/app/../.." }, "does not match"],
    ["a line behind a value that fits", { ...given, repository: "/srv/app\n-x" }, "does not match"],
    ["a value that is none of those allowed", { ...given, verb: "push" }, "is none of pull, status"],
    ["a value that would be taken for an option", { ...given, note: "-x" }, "begins with `-`"],
    ["a value that is too long", { ...given, note: "abcdef" }, "at most 5"],
    ["a zero byte", { ...given, note: "a\0b" }, "zero byte"],
    ["a name of every object", { ...given, __proto__: "x", constructor: "x" }, "takes no"],
  ])("refuse %s, and say why", (_, values, why) => {
    expect(argvOf(command, values)).toEqual({ kind: "bad", why: expect.stringContaining(why) as string });
  });

  it("never hold a value that begins with a dash in a place that is no flag", () => {
    const open = declaredCommand.parse({ path: "/bin/x", arguments: ["--", { name: "a", maxLength: 100 }] });
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), (value) => {
        const made = argvOf(open, { a: value });
        if (made.kind === "bad") return value.startsWith("-") || value.includes("\0");
        return made.argv.length === 3 && made.argv[2] === value && !value.startsWith("-");
      }),
    );
  });
});
