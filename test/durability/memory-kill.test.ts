import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, inject, it } from "vitest";
import { openPalace } from "../../src/memory/open.ts";
import { memoryPorts } from "../support/memory-ports.ts";
import { tempDir } from "../support/temp-dir.ts";
import { Chance, drawnSeed } from "./support/chance.ts";

const KILLS = 200;
/** Writers of one memory at once, each of which is killed. */
const SIDE_BY_SIDE = 4;

const program = path.resolve(import.meta.dirname, "support/memory-writer.mjs");
const seed = drawnSeed();
process.stdout.write(`memory-kill: AIOS_DURABILITY_SEED=${seed}\n`);

/** What killed writers said: each key with the last thing that was said of it. */
type Said = Map<string, string>;

/** Runs a writer and kills it so long after it has said something for the first time. */
async function killed(directory: string, writer: string, afterMs: number, said: Said): Promise<void> {
  const child = spawn(process.execPath, [program, inject("builtMain"), directory, writer], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  const closed = once(child, "close");
  await Promise.race([once(child.stdout, "data"), closed]);
  await pause(afterMs);
  child.kill("SIGKILL");
  const [, signal] = await closed;
  expect(signal).toBe("SIGKILL");
  for (const line of out.split("\n").slice(0, -1)) {
    const [what = "", key = ""] = line.split(" ");
    said.set(key, what);
  }
}

describe("a memory in files whose writers are killed at random moments", () => {
  it(`opens whole after each of ${KILLS} kills, with all that was confirmed and nothing that was forgotten (seed ${seed})`, async () => {
    const chance = new Chance(seed);
    const said: Said = new Map();
    const directory = await tempDir();
    for (let kills = 0; kills < KILLS; kills += SIDE_BY_SIDE) {
      const writers = Array.from({ length: SIDE_BY_SIDE }, (_, n) => `w${kills + n}`);
      await Promise.all(writers.map((writer) => killed(directory, writer, chance.between(0, 60), said)));
      const ports = memoryPorts();
      await using palace = await openPalace({ backend: "json", path: directory }, ports);
      const held = new Map((await palace.list()).map(({ key, content }) => [key, content]));
      const lost = [...said].filter(([key, what]) => what === "stored" && held.get(key) !== `said by ${key}`);
      const back = [...said].filter(([key, what]) => what === "forgot" && held.has(key));
      expect({
        lost,
        back,
        unreadable: ports.warnings.filter(({ message }) => !String(message).includes("torn")),
      }).toEqual({
        lost: [],
        back: [],
        unreadable: [],
      });
    }
    expect([...said.values()].filter((what) => what === "stored").length).toBeGreaterThan(KILLS);
  });
});
