import { describe, expect, it } from "vitest";
import type { Command, Entry } from "../../../src/cli/command.ts";
import { AiosError } from "../../../src/kernel/errors.ts";
import { aios } from "../../support/cli.ts";

const command = (name: string, run: Command["run"], more: Partial<Command> = {}): Command => ({
  name,
  summary: `Does ${name}`,
  examples: [`aios ${name}`],
  run,
  ...more,
});

const echo = command(
  "echo",
  async ({ given, terminal, json, stdin }) => {
    terminal.out(JSON.stringify({ text: given.operand("TEXT"), json, stdin: await stdin() }));
    return 0;
  },
  { operands: [{ name: "TEXT", says: "what is said" }] },
);

const entries: readonly Entry[] = [
  echo,
  command("refused", () => Promise.reject(new AiosError("auth.refused", "no"))),
  command(
    "passes",
    ({ given, terminal }) => {
      terminal.out(given.operands("ARGUMENT").join("|"));
      return Promise.resolve(7);
    },
    { passesOn: true },
  ),
  {
    name: "things",
    summary: "Things",
    usual: "list",
    commands: [
      command(
        "list",
        ({ terminal }) => {
          terminal.out("listed");
          return Promise.resolve(0);
        },
        { options: { all: { type: "boolean", says: "all of them" } } },
      ),
      command("show", () => Promise.resolve(1)),
    ],
  },
  { name: "parts", summary: "Parts", commands: [command("take", () => Promise.resolve(0))] },
];

const run = (...argv: string[]) => aios(argv, { entries, stdin: "piped" });

describe("a command line", () => {
  it("runs the command that it names, and hands back its exit code", async () => {
    expect((await run("echo", "hello", "--json")).json()).toEqual({ text: "hello", json: true, stdin: "piped" });
    expect(await run("things", "show")).toMatchObject({ code: 1, out: "", err: "" });
  });

  it("takes a group alone as its usual command, with that command's options", async () => {
    expect(await run("things")).toMatchObject({ code: 0, out: "listed" });
    expect(await run("things", "--all")).toMatchObject({ code: 0, out: "listed" });
    expect(await run("parts")).toMatchObject({
      code: 2,
      err: expect.stringContaining("needs one of its commands: take"),
    });
  });

  it("names the nearest command for one that does not exist", async () => {
    expect(await run("ecoh")).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "echo"?') });
    expect(await run("things", "shwo")).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean "show"?'),
    });
  });

  it("shows the usage after a mistake, on standard error alone", async () => {
    const { code, out, err } = await run("echo");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe("aios: TEXT is missing: what is said\n  aios echo TEXT\n");
  });

  it("tells failures as JSON where JSON is wanted, also when the arguments could not be read", async () => {
    expect(JSON.parse((await run("refused", "--json")).err)).toMatchObject({ error: { code: "auth.refused" } });
    const { code, err } = await run("echo", "--nope", "--json");
    expect(code).toBe(2);
    expect(JSON.parse(err.split("\n", 1).join(""))).toMatchObject({ error: { code: "usage" } });
    expect((await run("refused")).code).toBe(3);
  });

  it("prints help for the program, a group and a command, in every way it is asked for", async () => {
    const whole = (await run()).out;
    for (const argv of [["--help"], ["-h"], ["help"]]) expect((await run(...argv)).out).toBe(whole);
    expect(whole).toContain("things");
    expect((await run("help", "things")).out).toBe((await run("things", "--help")).out);
    expect((await run("help", "echo")).out).toBe((await run("echo", "--help")).out);
    expect((await run("help", "things", "show")).out).toContain("aios things show");
    expect((await run("--version")).out).toBe("0.0.0-test\n");
  });

  it("hands everything on to a command that wants it, help and JSON too", async () => {
    expect(await run("passes", "--help", "--json", "--", "x")).toMatchObject({ code: 7, out: "--help|--json|--|x" });
  });
});
