import { z } from "zod";
import { parseAgentConfig } from "./agents/index.ts";
import { limitsSettings } from "./domain/playbook/limits/settings.ts";
import { nearest } from "./domain/playbook/nearest.ts";
import { riskSettings } from "./domain/playbook/risk.ts";
import { AGENT_ID, AGENT_ID_ADVICE, agentPolicy } from "./events/types/agent.ts";
import { json, priority, reactorMode } from "./events/vocabulary.ts";
import { AiosError, type Fault } from "./kernel/errors.ts";

const ms = z.number().int().min(1);
const flips = z.strictObject({
  fire: z.number().min(0).describe("At or above it a sample counts as high."),
  clear: z.number().min(0).describe("At or below it a sample counts as normal again."),
});
const policy = z.strictObject(agentPolicy.partial().shape);

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
  id: z.string().regex(AGENT_ID, AGENT_ID_ADVICE).describe("Its name in events, tasks and tokens."),
  kind: z.string().default("process").describe("What it is: `process` or `http`."),
  config: json.describe("As its kind asks for; docs/reference/agent-protocol.md says how."),
  capabilities: z.array(z.string()).default([]).describe("What tasks may ask for instead of naming an agent."),
  group: z.string().optional().describe("Agents of one group are never all worked on at once."),
  concurrency: z.number().int().positive().default(1).describe("Tasks it may have at once."),
  policy: policy.optional().describe("Its own limits; what is left out is taken from `agents.policy`."),
});

/** Everything that can be configured, with its default. The file, then the environment, then flags have the last word. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe("The schema that an editor checks this file with; the engine ignores it."),
  dataDir: z.string().min(1).default(".aios").describe("Directory of everything that outlives the process."),
  http: z
    .strictObject({
      host: z
        .string()
        .default("127.0.0.1")
        .describe("Address to listen on; any but loopback needs a token and allowed hosts."),
      port: z.number().int().min(0).max(65_535).default(8765).describe("Port to listen on; 0 takes any free one."),
      allowedHosts: z
        .array(z.string())
        .default([])
        .describe("Names that the engine may be addressed by, beside this machine's own; without a port, any port."),
      token: z
        .string()
        .min(16)
        .optional()
        .describe("An operator's token of one's own. Better in the environment than in a file."),
    })
    .prefault({})
    .describe("The doors."),
  journal: z
    .strictObject({
      key: z
        .string()
        .min(16)
        .optional()
        .describe("Seals the journal with an HMAC instead of a plain hash. Better in the environment than in a file."),
      maxWaiting: z
        .number()
        .int()
        .positive()
        .default(65_536)
        .describe("Events that may wait to be written before publishers are told `busy`."),
    })
    .prefault({})
    .describe("The event journal."),
  tasks: z
    .strictObject({
      maxConcurrent: z.number().int().positive().default(3).describe("Tasks that run at once, over all agents."),
      timeoutMs: ms.default(300_000).describe("After this an attempt is ended, with all it started."),
      retries: z.number().int().min(0).default(2).describe("Further attempts after the first."),
      priority: priority.default("P2").describe("P0 goes first, P3 last but never for ever."),
      maxQueued: z
        .number()
        .int()
        .positive()
        .default(10_000)
        .describe("Tasks that may wait before new ones are refused with 429."),
      backoff: z
        .strictObject({
          firstMs: ms.default(1000).describe("Longest wait before the second attempt; the shortest is half of it."),
          factor: z.number().min(1).default(2).describe("Growth from one wait to the next."),
          maxMs: ms.default(60_000).describe("No wait is longer."),
        })
        .prefault({})
        .describe("Waits between the attempts of a task."),
    })
    .prefault({})
    .describe("What a task gets when it asks for nothing else."),
  agents: z
    .strictObject({
      policy: policy.prefault({}).describe("Limits of agents that name none of their own."),
      graceMs: ms.default(10_000).describe("Between asking a process to end and ending it by force."),
      declared: z.array(declaredAgent).default([]).describe("Agents that are registered at every start."),
    })
    .prefault({})
    .describe("The agents."),
  reactor: z
    .strictObject({
      mode: reactorMode
        .default("live")
        .describe("`observe` says what would match, `rehearse` goes through everything but the effects, `live` acts."),
      approvalMs: ms.default(86_400_000).describe("A plan that nobody approves in this time is not carried out."),
      playbooks: z
        .array(z.string())
        .default(["playbooks"])
        .describe("Folders of playbooks. Where `playbooks` is missing or empty, those of the package are used."),
      limits: limitsSettings.prefault({}).describe("How much remedies may do."),
      risk: riskSettings.prefault({}).describe("What makes a plan risky; above low it waits for a person."),
    })
    .prefault({})
    .describe("What answers failures."),
  sensors: z
    .strictObject({
      enabled: z.boolean().default(true).describe("Whether machine and agents are measured."),
      intervalMs: ms.default(5000).describe("Between two samples."),
      samples: z.number().int().positive().default(3).describe("Samples in a row that a crossing takes, either way."),
      holdMs: z.number().int().min(0).default(60_000).describe("No crossing follows another sooner."),
      host: z
        .strictObject({
          cpu: flips.default(defaults.cpu).describe("Per cent of all cores."),
          memory: flips.default(defaults.memory).describe("Per cent of the machine's memory."),
          disk: flips.default(defaults.disk).describe("Per cent of the volume that holds the data directory."),
          gpu: flips.default(defaults.gpu).describe("Per cent of the busiest GPU, where there is one."),
        })
        .prefault({})
        .describe("When the machine counts as high."),
      agent: z
        .strictObject({
          cpu: flips
            .default(defaults.cpu)
            .describe("Per cent of one core, used or waited for, summed over the agent's process trees."),
          memoryMiB: flips.default(defaults.agentMemoryMiB).describe("MiB, summed over the agent's process trees."),
        })
        .prefault({})
        .describe("When an agent counts as high."),
    })
    .prefault({})
    .describe("Measurements."),
  score: z
    .strictObject({ windowMs: ms.default(3_600_000).describe("How far back the score looks.") })
    .prefault({})
    .describe("The evolution score."),
  memory: z
    .strictObject({
      backend: z
        .enum(["json", "volatile"])
        .default("json")
        .describe("`json` keeps memory in files of the data directory, `volatile` only as long as the engine runs."),
    })
    .prefault({})
    .describe("What agents and engine remember."),
  notify: z
    .strictObject({
      webhook: z.url().optional().describe("Where messages are posted as JSON, beside the log."),
      retryMs: ms.default(5000).describe("Wait after the first failed delivery; the n-th is n times as long."),
      attempts: z.number().int().positive().default(10).describe("Deliveries that are tried."),
    })
    .prefault({})
    .describe("Messages to people."),
  log: z
    .strictObject({
      level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("The least that is logged."),
    })
    .prefault({})
    .describe("The engine's own log, on standard error."),
  shutdown: z
    .strictObject({
      graceMs: ms.default(10_000).describe("What runs may finish for so long before it is interrupted."),
    })
    .prefault({})
    .describe("The end of the engine."),
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
