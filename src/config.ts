import { z } from "zod";
import { nearest } from "./domain/playbook/nearest.ts";
import { riskSettings } from "./domain/playbook/risk.ts";
import { agentPolicy } from "./events/types/agent.ts";
import { json, priority, reactorMode } from "./events/vocabulary.ts";
import { AiosError, type Fault } from "./kernel/errors.ts";

const ms = z.number().int().min(1);
const flips = z.strictObject({
  /** Per cent (host: of all cores; agent: of one core). At or above it counts as high. */
  fire: z.number().min(0),
  /** At or below it counts as normal again. */
  clear: z.number().min(0),
});

const defaults = {
  agent: { failureThreshold: 3, cooldownMs: 60_000, openMs: 60_000, archiveAfterProbes: 10 },
  cpu: { fire: 80, clear: 70 },
  memory: { fire: 90, clear: 80 },
  disk: { fire: 90, clear: 85 },
  gpu: { fire: 95, clear: 85 },
  agentMemoryMiB: { fire: 1024, clear: 768 },
};

/** An agent declared in the file instead of being registered over HTTP. */
const declaredAgent = z.strictObject({
  id: z.string().min(1),
  kind: z.string().default("process"),
  config: json,
  capabilities: z.array(z.string()).default([]),
  group: z.string().optional(),
  concurrency: z.number().int().positive().default(1),
  policy: agentPolicy.partial().optional(),
});

/** Everything that can be configured, with its default. The file, then the environment, then flags have the last word. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  dataDir: z.string().min(1).default(".aios"),
  http: z
    .strictObject({
      host: z.string().default("127.0.0.1"),
      port: z.number().int().min(0).max(65_535).default(8765),
      allowedHosts: z.array(z.string()).default([]),
      /** An operator's token of one's own; `AIOS_TOKEN` beats it. */
      token: z.string().min(16).optional(),
    })
    .prefault({}),
  journal: z
    .strictObject({ key: z.string().min(16).optional(), maxWaiting: z.number().int().positive().default(65_536) })
    .prefault({}),
  tasks: z
    .strictObject({
      maxConcurrent: z.number().int().positive().default(3),
      timeoutMs: ms.default(300_000),
      retries: z.number().int().min(0).default(2),
      priority: priority.default("P2"),
      /** Tasks that may wait before new ones are refused with 429. */
      maxQueued: z.number().int().positive().default(10_000),
      backoff: z
        .strictObject({ firstMs: ms.default(1000), factor: z.number().min(1).default(2), maxMs: ms.default(60_000) })
        .prefault({}),
    })
    .prefault({}),
  agents: z
    .strictObject({
      policy: agentPolicy.partial().prefault({}),
      /** Between TERM and KILL. */
      graceMs: ms.default(10_000),
      declared: z.array(declaredAgent).default([]),
    })
    .prefault({}),
  reactor: z
    .strictObject({
      mode: reactorMode.default("live"),
      approvalMs: ms.default(86_400_000),
      playbooks: z.array(z.string()).default(["playbooks"]),
      limits: z.record(z.string(), z.unknown()).prefault({}),
      risk: riskSettings.prefault({}),
    })
    .prefault({}),
  sensors: z
    .strictObject({
      enabled: z.boolean().default(true),
      intervalMs: ms.default(5000),
      samples: z.number().int().positive().default(3),
      holdMs: z.number().int().min(0).default(60_000),
      host: z
        .strictObject({
          cpu: flips.default(defaults.cpu),
          memory: flips.default(defaults.memory),
          disk: flips.default(defaults.disk),
          gpu: flips.default(defaults.gpu),
        })
        .prefault({}),
      agent: z
        .strictObject({ cpu: flips.default(defaults.cpu), memoryMiB: flips.default(defaults.agentMemoryMiB) })
        .prefault({}),
    })
    .prefault({}),
  score: z.strictObject({ windowMs: ms.default(3_600_000) }).prefault({}),
  memory: z.strictObject({ backend: z.enum(["json", "volatile"]).default("json") }).prefault({}),
  notify: z
    .strictObject({
      webhook: z.url().optional(),
      retryMs: ms.default(5000),
      attempts: z.number().int().positive().default(10),
    })
    .prefault({}),
  log: z.strictObject({ level: z.enum(["debug", "info", "warn", "error"]).default("info") }).prefault({}),
  shutdown: z.strictObject({ graceMs: ms.default(10_000) }).prefault({}),
});

export type Config = z.infer<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;

/** The limits an agent gets when it names none of its own. */
export function agentPolicyOf(
  config: Config,
  own: Partial<z.infer<typeof agentPolicy>> = {},
): z.infer<typeof agentPolicy> {
  return { ...defaults.agent, ...definedOf(config.agents.policy), ...definedOf(own) };
}

function definedOf<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** Variables that beat the file, and where each lands. */
export const environment = {
  AIOS_DATA_DIR: ["dataDir"],
  AIOS_HOST: ["http", "host"],
  AIOS_PORT: ["http", "port"],
  AIOS_TOKEN: ["http", "token"],
  AIOS_JOURNAL_KEY: ["journal", "key"],
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
    place(merged, path, variable === "AIOS_PORT" ? Number(value) : value);
    origins.set(path.join("."), variable);
  }
  const parsed = configSchema.safeParse(merged);
  if (parsed.success) return { config: parsed.data, origins };
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, origins));
  const where = sources.file?.path ?? "configuration";
  throw new AiosError(
    "config.invalid",
    `${where}: ${faults.map(({ path, message }) => `${path}: ${message}`).join("; ")}`,
    { faults },
  );
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

/** Names that stand at a path of a valid, complete configuration. */
function knownKeys(path: readonly string[]): readonly string[] {
  let current: unknown = configSchema.parse({});
  for (const part of path)
    current = current !== null && typeof current === "object" ? (current as Record<string, unknown>)[part] : undefined;
  return current !== null && typeof current === "object" ? Object.keys(current) : [];
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
