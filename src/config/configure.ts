import { z } from "zod";
import { parseAgentConfig } from "../agents/index.ts";
import { type Config, configSchema } from "../config.ts";
import { nearest } from "../domain/playbook/nearest.ts";
import { AiosError, type Fault } from "../kernel/errors.ts";

/** Variables that beat the file, and where each lands. */
export const environment = {
  AIOS_DATA_DIR: ["dataDir"],
  AIOS_HOST: ["http", "host"],
  AIOS_PORT: ["http", "port"],
  AIOS_TOKEN: ["http", "token"],
  AIOS_JOURNAL_KEY: ["journal", "key"],
  AIOS_NEO4J_PASSWORD: ["memory", "neo4j", "password"],
  AIOS_CHROMA_TOKEN: ["memory", "chroma", "token"],
  AIOS_EMBEDDER_KEY: ["memory", "embedders", "http", "key"],
  AIOS_MODEL_DIR: ["memory", "embedders", "transformers", "path"],
} as const;

export interface ConfigSources {
  /** Content of the file, already parsed; absent when there is none. */
  readonly file?: { readonly path: string; readonly content: unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Configured {
  readonly config: Config;
  /** For each configured path, who set it. Paths that are absent have their default. */
  readonly origins: ReadonlyMap<string, string>;
}

/**
 * Merges file and environment and fills in the defaults.
 *
 * @throws {AiosError} `config.invalid`, each mistake with its path, where it stands and the nearest known name
 */
export function configure(sources: ConfigSources): Configured {
  const origins = new Map<string, string>();
  const content = structuredClone(sources.file?.content ?? {});
  if (content === null || typeof content !== "object" || Array.isArray(content)) {
    throw new AiosError("config.invalid", `${sources.file?.path ?? "configuration"}: it must be a JSON object`);
  }
  const merged = content as Record<string, unknown>;
  for (const path of leavesOf(merged)) origins.set(path, sources.file?.path ?? "argument");
  for (const [variable, path] of Object.entries(environment)) {
    const value = sources.env[variable];
    if (value === undefined || value === "") continue;
    place(merged, path, saidBy(variable, value));
    origins.set(path.join("."), variable);
  }
  const parsed = configSchema.safeParse(merged);
  const faults = parsed.success
    ? declaredFaults(parsed.data.agents.declared)
    : parsed.error.issues.flatMap((issue) => faultsOf(issue, origins));
  if (parsed.success && faults.length === 0) return { config: parsed.data, origins };
  const where = sources.file?.path ?? "configuration";
  throw new AiosError(
    "config.invalid",
    `${where}: ${faults.map(({ path, message }) => `${path}: ${message}`).join("; ")}`,
    { faults },
  );
}

/** What a variable says; the one number stays text where it is none, so that the schema can say so. */
function saidBy(variable: string, text: string): string | number {
  const isNumber = variable === "AIOS_PORT" && /^\d+$/.test(text);
  return isNumber ? Number(text) : text;
}

/** Agents of the file are registered after the journal has begun: that they fit their kind is seen before. */
function declaredFaults(declared: Config["agents"]["declared"]): readonly Fault[] {
  return declared.flatMap(({ kind, config }, index) => {
    // The library that declares a function holds the function itself.
    if (kind === "function") return [];
    try {
      parseAgentConfig(kind, config);
      return [];
    } catch (failure) {
      if (!(failure instanceof AiosError)) throw failure;
      return failure.faults.map(({ path, message }) => ({
        path: `agents.declared.${index}.${path.replace(/\[(\d+)\]/g, ".$1")}`,
        message,
      }));
    }
  });
}

function faultsOf(issue: z.core.$ZodIssue, origins: ReadonlyMap<string, string>): readonly Fault[] {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(issue.path.map(String));
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      const advice = near === undefined ? `known are ${known.join(", ")}` : `did you mean "${near}"?`;
      return { path: path === "" ? key : `${path}.${key}`, message: `there is no such setting; ${advice}` };
    });
  }
  const origin = origins.get(path);
  return [{ path, message: origin === undefined ? issue.message : `${issue.message} (set by ${origin})` }];
}

/** Names that may stand at a path. */
function knownKeys(path: readonly string[]): readonly string[] {
  let part: JsonSchema | undefined = z.toJSONSchema(configSchema, { io: "input" });
  for (const name of path) part = [part?.properties?.[name], part?.items].find(isSchema);
  return Object.keys(part?.properties ?? {});
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function leavesOf(value: unknown, path: readonly string[] = []): readonly string[] {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return [path.join(".")];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, [...path, key]));
}

function place(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    target[head] = value;
    return;
  }
  const inner = target[head];
  const next = inner !== null && typeof inner === "object" ? (inner as Record<string, unknown>) : {};
  target[head] = next;
  place(next, rest, value);
}
