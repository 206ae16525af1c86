import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { deniedFiles } from "../../../src/actors/watches/files.ts";
import type { StartCommand } from "../../../src/kernel/processes.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { systemEntropy } from "../../../src/platform/entropy.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { createProcesses } from "../../../src/platform/processes.ts";
import { tempDir } from "../../support/temp-dir.ts";

const real = createProcesses({ clock: systemClock, entropy: systemEntropy });

/** Looks closely at a file whose permissions are right, with `argv` in the place of the reader's own look where it is given. */
async function look(argv?: StartCommand["argv"]) {
  const file = path.join(await tempDir(), "in.csv");
  await writeFile(file, "a,b\n", { mode: 0o644 });
  const start = (command: StartCommand) => {
    const { user: _, ...own } = command;
    return real.start({ ...own, argv: argv ?? command.argv });
  };
  const watch = deniedFiles([{ path: file, mode: 0o600, reader: "me" }], { files: nodeFiles, processes: { start } });
  return (await watch.look("closely")).map(({ stands }) => stands);
}

describe("a close look at a file that somebody has to read", () => {
  it("takes the kernel's answer to that reader", async () => {
    expect(await look()).toEqual(["well"]);
    expect(await look(["/usr/bin/test", "-r", "/nowhere/at/all"])).toEqual(["bad"]);
  });

  it("is no look at all where the reader could not be asked", async () => {
    expect(await look(["/bin/sh", "-c", "kill -KILL $$"])).toEqual([]);
    expect(await look(["/bin/sh", "-c", "exit 2"])).toEqual([]);
  });
});
