import { describe, expect, it } from "vitest";
import { isGroup } from "../../../src/cli/command.ts";
import { readGiven, requireOperands } from "../../../src/cli/given.ts";
import { loaders, loadNamed } from "../../../src/cli/loaders.ts";
import { entries } from "../../../src/cli/registry.ts";
import { commonOptions } from "../../../src/cli/shape.ts";
import { aios } from "../../support/cli.ts";
import { cliReference, namedCommands } from "../../support/cli-reference.ts";
import { wordsOfExample } from "../../support/shell-words.ts";

const commands = namedCommands(entries);

describe(`the ${commands.length} commands`, () => {
  it("have names of their own", () => {
    const paths = commands.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
  });

  it("are found under the name that they give themselves", () => {
    expect(Object.keys(loaders)).toEqual(entries.map(({ name }) => name));
  });

  it("are read one at a time, and none for a word that names none", async () => {
    expect(await loadNamed("start")).toBe(entries.find(({ name }) => name === "start"));
    for (const word of [undefined, "--help", "strat", "toString"]) expect(await loadNamed(word)).toBeUndefined();
  });

  it("belong to groups whose usual command exists", () => {
    const lost = entries
      .filter(isGroup)
      .filter(({ usual, commands: own }) => usual !== undefined && !own.some(({ name }) => name === usual));
    expect(lost).toEqual([]);
  });

  it("take no option that every command has", () => {
    for (const { path, command } of commands) {
      const taken = Object.keys(command.options ?? {}).filter((name) => Object.hasOwn(commonOptions, name));
      expect([path, taken]).toEqual([path, []]);
    }
  });

  it("are what docs/reference/cli.md says", async () => {
    await expect(cliReference(entries)).toMatchFileSnapshot("../../../docs/reference/cli.md");
  });

  it.each(commands.filter(({ command }) => command.passesOn !== true))(
    "print the help of aios $path with usage, options and examples",
    async ({ path, command }) => {
      const { code, out, err } = await aios([...path.split(" "), "--help"]);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toContain(`aios ${path}`);
      expect(out).toContain(command.summary);
      for (const name of Object.keys(command.options ?? {})) expect(out).toContain(`--${name}`);
      for (const example of command.examples) expect(out).toContain(example);
    },
  );

  it.each(commands)("have examples of aios $path that can be typed as they stand", ({ path, command }) => {
    for (const example of command.examples) {
      const words = wordsOfExample(example);
      const named = words.join(" ").startsWith(path);
      expect([example, named || isUsual(path, words)]).toEqual([example, true]);
      if (command.passesOn === true) continue;
      const given = readGiven(command, words.slice(named ? path.split(" ").length : 1));
      requireOperands(command, given);
    }
  });
});

/** Whether the words name a group alone, and the path is the command that is meant then. */
function isUsual(path: string, [first]: readonly string[]): boolean {
  const group = entries.find(({ name }) => name === first);
  return group !== undefined && isGroup(group) && path === `${group.name} ${group.usual ?? ""}`;
}
