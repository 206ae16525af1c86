import { chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** What a job's `settings.json` says; the agent's work reads it. */
export interface Settings {
  readonly input: string;
  readonly names: string;
  readonly helper: string;
  readonly lock: string;
  readonly result: string;
  /** A variable that the work needs. */
  readonly variable: string;
  readonly server: string;
  readonly limitMs: number;
  readonly paceMs: number;
  readonly port: number;
}

/** A folder with everything that the agent's work needs, before something is done to it. */
export interface Job {
  readonly folder: string;
  readonly id: string;
  readonly atServer: string;
  readonly settings: Settings;
  /** A variable that no environment has, and that stands in the job's own file. */
  readonly spareVariable: string;
  /** What the result holds once the work was really done. */
  readonly proof: string;
}

/** Where and what a job is, as drawn from the seed: the same in every run that is compared. */
export interface JobPlan {
  readonly id: string;
  /** Folders above it. */
  readonly place: readonly string[];
  readonly word: string;
  readonly rows: number;
}

export const READY = "LEDGER_READY";
const PATIENCE_MS = 30_000;

/** Makes a job that works. The same job in another run has another name at the server. */
export async function makeJob(root: string, plan: JobPlan, server: string): Promise<Job> {
  const { id, place, word, rows } = plan;
  const folder = path.join(root, ...place, id);
  const atServer = `${path.basename(root)}-${id}`;
  const settings: Settings = {
    input: `${word}-${id}.csv`,
    names: `names-${id}.txt`,
    helper: `count-${id}.sh`,
    lock: `${word}-${id}.lock`,
    result: `result-${id}.txt`,
    variable: READY,
    server: `${server}/${atServer}`,
    limitMs: PATIENCE_MS,
    paceMs: 0,
    port: 0,
  };
  const spareVariable = `${word}_${id}_KEY`.replace(/\W/g, "_").toUpperCase();
  await mkdir(path.join(folder, "backup"), { recursive: true });
  const table = Array.from({ length: rows }, (_, row) => `${row};${word};${row * row}`).join("\n");
  const write = (name: string, text: string) => writeFile(path.join(folder, name), text);
  await Promise.all([
    write(settings.input, table),
    write(path.join("backup", settings.input), table),
    write(settings.names, "José\nZoë\n"),
    write(settings.helper, "#!/bin/sh\nwc -c\n"),
    write("settings.last-good.json", saySettings(settings)),
    write("settings.json", saySettings(settings)),
    write("variables.env", `${spareVariable}=yes\n`),
  ]);
  await chmod(path.join(folder, settings.helper), 0o755);
  const proof = `yes ${rows} rows, 2 names, ${Buffer.byteLength(table)}, page 1 of ${atServer} page 2 of ${atServer}\n`;
  return { folder, id, atServer, settings, spareVariable, proof };
}

export function saySettings(settings: Settings): string {
  return `${JSON.stringify(settings, null, 2)}\n`;
}
