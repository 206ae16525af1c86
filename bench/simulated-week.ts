import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A week of a thousand agents is a million events and more. `AIOS_BENCH_DAYS` makes the journal a shorter one. */
export const DAYS = Number(process.env["AIOS_BENCH_DAYS"] ?? 7);
export const AGENTS = 1_000;
/** What the bars are about: a shorter journal is held against none. */
export const EVENTS = 1_000_000;
const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** What `node dist/main.js …args --json` prints. */
export async function asked(args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...args, "--json"], {
    maxBuffer: 1024 * 1024 * 1024,
  });
  return JSON.parse(stdout);
}

/** Writes the journal of a simulated life into a directory that is not there yet; answers with the number of its events. */
export async function lived(directory: string): Promise<number> {
  const life = ["--seed", "1", "--days", String(DAYS), "--agents", String(AGENTS)];
  const report = await asked(["simulate", ...life, "--out", directory]);
  if (report !== null && typeof report === "object" && "events" in report && typeof report.events === "number")
    return report.events;
  throw new Error("the simulation did not say how many events it wrote");
}
