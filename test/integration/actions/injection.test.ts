import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { declaredCommand } from "../../../src/actions/command.ts";
import { actions } from "../../../src/actions/index.ts";
import { payloads } from "../../support/payloads.ts";
import { stringPlaces } from "../../support/string-places.ts";
import { Trial } from "./trial.ts";
import { openWorld, type World } from "./world.ts";

const kinds = [...actions.values()].map((kind) => ({ kind, name: kind.name }));

describe.each(kinds)("hostile text in a parameter of $name", ({ kind }) => {
  it.each(stringPlaces(kind.schema))(
    "is carried as it is, or refused with a reason: $path",
    { timeout: 120_000 },
    async (place) => {
      const trial = await Trial.open(kind, place);
      const texts = await trial.texts();
      const before = await trial.outside();
      const wrong: string[] = [];
      for (const text of texts) wrong.push(...(await trial.wrongWith(text)));
      expect(wrong).toEqual([]);
      expect(await trial.outside()).toEqual(before);
    },
  );
});

describe("a child that is given hostile text", () => {
  it("sees the very bytes of all that no argument has to refuse", async () => {
    const world = await openWorld();
    const texts = payloads({ canary: path.join(world.directory, "canary"), server: world.server.host });
    const [carried, refused] = [texts.filter((text) => isText(text)), texts.filter((text) => !isText(text))];
    expect(carried.length).toBeGreaterThanOrEqual(200);
    for (let at = 0; at < carried.length; at += 90) {
      const some = carried.slice(at, at + 90);
      expect(await seenBy(world, some)).toEqual(some.map((text) => Buffer.from(text).toString("hex")));
    }
    for (const text of refused) await expect(seenBy(world, [text])).rejects.toMatchObject({ code: "action.refused" });
    expect(await readdir(world.directory)).toEqual(["seen"]);
  });

  it("is never given an option where the command says nothing of options", async () => {
    const world = await openWorld();
    const texts = payloads({ canary: "canary", server: world.server.host }).filter((text) => text.startsWith("-"));
    expect(texts.length).toBeGreaterThan(10);
    for (const text of texts) {
      const seen = seenBy(world, [text], { flag: false });
      await expect(seen).rejects.toMatchObject({ code: "action.refused", message: /"a0" begins with `-`/ });
    }
  });
});

/** Text that UTF-8 has bytes for and that holds no zero byte: anything else no argument can carry. */
function isText(text: string): boolean {
  return !text.includes("\0") && !/\p{Surrogate}/u.test(text);
}

/** The arguments that a real child finds, in hexadecimal. */
async function seenBy(world: World, texts: readonly string[], { flag } = { flag: true }): Promise<readonly string[]> {
  const file = path.join(world.directory, "seen");
  const script = `require("fs").writeFileSync(${JSON.stringify(file)}, require("fs").readFileSync("/proc/self/cmdline", "hex"))`;
  const named = texts.map((_, index) => ({ name: `a${index}`, flag, maxLength: 131_072 }));
  const command = declaredCommand.parse({ path: process.execPath, arguments: ["-e", script, "--", ...named] });
  world.commands.set("see", { ...command, cwd: world.directory });
  const given = Object.fromEntries(texts.map((text, index) => [`a${index}`, text]));
  await actions.get("run_command")?.run({ command: "see", arguments: given }, world.context(["exec:see"]));
  // Each ends with a zero byte; before those that were given stand the program, `-e`, the script and `--`.
  return Buffer.from(await readFile(file, "utf8"), "hex")
    .toString("latin1")
    .split("\0")
    .slice(4, -1)
    .map(hexOf);
}

function hexOf(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString("hex");
}
