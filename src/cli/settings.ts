import path from "node:path";
import { configure } from "../config/configure.ts";
import type { Config } from "../config.ts";
import { AiosError } from "../kernel/errors.ts";
import { nodeFiles } from "../platform/files.ts";
import type { Call } from "./command.ts";
import { type Place, readJsonText } from "./json-text.ts";

export interface Settings {
  readonly config: Config;
  /** For each path that is set, who set it; what is absent has its default. */
  readonly origins: ReadonlyMap<string, string>;
  /** The configuration file that was read, absolute; `undefined` when there is none. */
  readonly file: string | undefined;
  /** Where each setting stands in that file, by its path. */
  readonly places: ReadonlyMap<string, Place>;
  /** Where relative paths of the configuration lead from: the file's folder, else the working directory. */
  readonly directory: string;
  /** Absolute. */
  readonly dataDir: string;
}

const USUAL_FILE = "aios.config.json";

/** Flags that stand for a variable and beat it. */
const flagVariables = { config: "AIOS_CONFIG_PATH", "data-dir": "AIOS_DATA_DIR", host: "AIOS_HOST", port: "AIOS_PORT" };

/**
 * Reads the configuration as every command sees it: the file (`AIOS_CONFIG_PATH`, else `aios.config.json` of the working
 * directory, else none), then the environment, then flags.
 *
 * @throws {AiosError} `config.invalid` with file, line, column and path of each mistake
 */
export async function readSettings(call: Pick<Call, "given" | "env" | "cwd">): Promise<Settings> {
  const { env, flags } = overlaid(call);
  const wanted = env["AIOS_CONFIG_PATH"] ?? "";
  const named = wanted === "" ? undefined : path.resolve(call.cwd, wanted);
  const candidate = named ?? path.join(call.cwd, USUAL_FILE);
  const text = await readText(candidate);
  if (text === undefined && named !== undefined)
    throw new AiosError(
      "config.invalid",
      `${named}: there is no such file (${flags.get("AIOS_CONFIG_PATH") ?? "AIOS_CONFIG_PATH"} names it)`,
    );
  const file = text === undefined ? undefined : candidate;
  const { content, places } = text === undefined ? nothing : parseFile(candidate, text);
  const directory = file === undefined ? call.cwd : path.dirname(file);
  const dataVariable = env["AIOS_DATA_DIR"] ?? "";
  // A path of the environment is the caller's, a path of the file is the file's.
  const absolute = dataVariable === "" ? env : { ...env, AIOS_DATA_DIR: path.resolve(call.cwd, dataVariable) };
  const { config, origins } = configured(file, content, places, absolute);
  const told = new Map([...origins].map(([where, who]) => [where, flags.get(who) ?? who]));
  return { config, origins: told, file, places, directory, dataDir: path.resolve(directory, config.dataDir) };
}

interface Parsed {
  readonly content: unknown;
  readonly places: ReadonlyMap<string, Place>;
}
const nothing: Parsed = { content: {}, places: new Map() };

function overlaid({ given, env }: Pick<Call, "given" | "env">) {
  const merged: Record<string, string | undefined> = { ...env };
  const flags = new Map<string, string>();
  for (const [flag, variable] of Object.entries(flagVariables)) {
    const value = given.text(flag);
    if (value === undefined) continue;
    merged[variable] = value;
    flags.set(variable, `--${flag}`);
  }
  return { env: merged, flags };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await nodeFiles.readText(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AiosError("config.invalid", `${file} cannot be read: ${why}`, { cause });
  }
}

function parseFile(file: string, text: string): Parsed {
  const read = readJsonText(text);
  if (read.kind === "value") return { content: read.value, places: read.places };
  const { line, column } = read.place;
  throw new AiosError("config.invalid", `${file}:${line}:${column}: ${read.expected}`);
}

function configured(
  file: string | undefined,
  content: unknown,
  places: Parsed["places"],
  env: Readonly<Record<string, string | undefined>>,
) {
  try {
    return configure({ env, ...(file === undefined ? {} : { file: { path: file, content } }) });
  } catch (failure) {
    if (!(failure instanceof AiosError) || failure.faults.length === 0) throw failure;
    const faults = failure.faults.map((fault) => ({ ...fault, path: placed(file, places, fault.path) }));
    const what = faults.length === 1 ? "one setting is" : `${faults.length} settings are`;
    throw new AiosError("config.invalid", `${file ?? "The environment"}: ${what} not valid`, {
      cause: failure,
      faults,
    });
  }
}

/** The path with its line and column; what is missing has the place of what it is missing in. */
function placed(file: string | undefined, places: Parsed["places"], where: string): string {
  const place = file === undefined ? undefined : placeOf(places, where.split("."));
  return file === undefined || place === undefined
    ? where
    : `${path.basename(file)}:${place.line}:${place.column} ${where}`;
}

function placeOf(places: Parsed["places"], parts: readonly string[]): Place | undefined {
  if (parts.length === 0) return undefined;
  return places.get(parts.join(".")) ?? placeOf(places, parts.slice(0, -1));
}
