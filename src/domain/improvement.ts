import type { AgentAlternative } from "../events/types/agent.ts";
import type { AgentSetup, ImprovementKind } from "../events/types/evolution.ts";
import type { Risk } from "../events/vocabulary.ts";
import type { Json } from "../kernel/json.ts";
import { patched } from "./agent-setup.ts";

/** A task of an agent that ended badly. */
export interface FailedTask {
  readonly taskId: string;
  readonly fingerprint: string;
  readonly template: string;
  readonly atMs: number;
  readonly reason: string;
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  readonly retryable?: boolean | undefined;
  /** The limit under which it ran, and whether its submitter named that himself. */
  readonly timeoutMs: number;
  readonly pinned: boolean;
  /** Whether the agent had other work at the same time. */
  readonly alongside: boolean;
}

export interface Troubled {
  readonly setup: AgentSetup;
  /** At least three tasks with one fingerprint, oldest first. */
  readonly failures: readonly FailedTask[];
  readonly alternatives: readonly AgentAlternative[];
  /** What was kept for the same failure with agents of its kin. */
  readonly proven: readonly Proven[];
  /** Agents that could do its work, and how its own last tasks ended. */
  readonly kin: readonly string[];
  readonly past: readonly boolean[];
  readonly defaults: {
    readonly retries: number;
    readonly backoff: { readonly firstMs: number; readonly factor: number; readonly maxMs: number };
  };
}

/** A change that was kept with another agent, and what its trial showed. */
export interface Proven {
  readonly from: string;
  readonly agentId: string;
  readonly kind: ImprovementKind;
  readonly patch: Json;
  /** Success rate with it less that without, over so many pairs of tasks. */
  readonly gained: number | undefined;
  readonly pairs: number;
}

/** A change that may help, with why it is thought to. */
export interface Idea {
  readonly kind: ImprovementKind;
  /** JSON merge patch on the agent's setup. */
  readonly patch: Json;
  readonly title: string;
  readonly reason: string;
  /** The improvement of another agent that it is taken from. */
  readonly from?: string;
}

/** Failures of one agent with one fingerprint within a day that call for a change. */
export const TIMES = 3;
export const DAY_MS = 86_400_000;

const LONGEST_MS = 3_600_000;
const MOST_RETRIES = 10;
const LONGEST_WAIT_MS = 60_000;
/** Outcomes of the past without which a quarantine could not be judged. */
export const PAST_NEEDED = 40;

/** What each kind may do without asking: a person is asked about everything above low. */
export const riskOf: Readonly<Record<ImprovementKind, Risk>> = {
  timeout: "low",
  retry: "low",
  backoff: "low",
  advice: "low",
  // While it is tried, what waits for its turn holds a worker that others could have.
  concurrency: "medium",
  environment: "medium",
  model: "medium",
  command: "high",
  quarantine: "high",
};

/** What may help, the likeliest first. */
export function ideas(troubled: Troubled): readonly Idea[] {
  return [
    ...proven(troubled),
    ...moreTime(troubled),
    ...patience(troubled),
    ...environment(troubled),
    // What a person named for this case says more than that it had company, which a busy agent always has.
    ...troubled.alternatives.map((one) => alternative(one, troubled)),
    ...fewerAtOnce(troubled),
    ...quarantine(troubled),
  ];
}

/** What helped its kin against the same failure, where it leads this agent the same way. */
export function proven({ proven: patches, setup }: Pick<Troubled, "proven" | "setup">): readonly Idea[] {
  return patches
    .filter((one) => leadsOn(one, setup))
    .map(({ from, agentId, kind, patch, gained, pairs }) => ({
      kind,
      patch,
      from,
      title: `Do what helped ${agentId}: ${kind}`,
      reason:
        gained === undefined
          ? `the same failure of ${agentId} was helped by this`
          : `the same failure of ${agentId} was helped by this: ${Math.round(100 * gained)} more of 100 tasks succeeded, over ${pairs} pairs`,
    }));
}

/** What gave one agent more time must not leave another with less than it has. */
function leadsOn({ kind, patch }: Pick<Idea, "kind" | "patch">, setup: AgentSetup): boolean {
  const after = patched(setup, patch);
  if (after === undefined) return false;
  const { tuning } = setup;
  if (kind === "timeout") return grows(tuning.timeoutMs, after.tuning.timeoutMs);
  if (kind === "retry") return grows(tuning.retries, after.tuning.retries);
  if (kind === "backoff") return grows(tuning.backoff?.firstMs, after.tuning.backoff?.firstMs);
  return kind !== "concurrency" || after.concurrency < setup.concurrency;
}

function grows(before: number | undefined, after: number | undefined): boolean {
  return before === undefined || (after !== undefined && after > before);
}

function moreTime({ failures }: Troubled): readonly Idea[] {
  if (!failures.every(({ reason, pinned }) => reason === "timeout" && !pinned)) return [];
  const longest = Math.max(...failures.map(({ timeoutMs }) => timeoutMs));
  const timeoutMs = Math.min(2 * longest, LONGEST_MS);
  if (timeoutMs <= longest) return [];
  return [
    {
      kind: "timeout",
      patch: { tuning: { timeoutMs } },
      title: `Give it ${timeoutMs} ms instead of ${longest} ms`,
      reason: `${failures.length} of its tasks were ended at their limit`,
    },
  ];
}

const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "EPIPE",
  "EBUSY",
  "EAGAIN",
]);
const TRANSIENT_STATUS: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const TRANSIENT_WORDS =
  /\b(?:ECONN(?:REFUSED|RESET|ABORTED)|ETIMEDOUT|EAI_AGAIN|EBUSY|EAGAIN|temporarily|try again|too many requests|rate.?limit(?:ed)?|overloaded|connection (?:refused|reset)|service unavailable)\b/i;

function isTransient({ code, status, template }: FailedTask): boolean {
  return (
    (code !== undefined && TRANSIENT_CODES.has(code)) ||
    (status !== undefined && TRANSIENT_STATUS.has(status)) ||
    TRANSIENT_WORDS.test(template)
  );
}

/** What passes by itself is tried again, more often or after longer waits; whoever is asked too often is asked later first. */
function patience({ failures, setup, defaults }: Troubled): readonly Idea[] {
  if (!failures.every((one) => isTransient(one) && one.retryable !== false)) return [];
  const reason = `${failures.length} of its tasks failed with what usually passes: ${failures.at(-1)?.template ?? ""}`;
  const retries = setup.tuning.retries ?? defaults.retries;
  const { firstMs, factor, maxMs } = setup.tuning.backoff ?? defaults.backoff;
  const longer = Math.min(4 * firstMs, LONGEST_WAIT_MS);
  const again: Idea = {
    kind: "retry",
    patch: { tuning: { retries: Math.min(retries + 2, MOST_RETRIES) } },
    title: `Try its tasks ${retries + 2} times more instead of ${retries}`,
    reason,
  };
  const later: Idea = {
    kind: "backoff",
    patch: { tuning: { backoff: { firstMs: longer, factor, maxMs: Math.max(maxMs, longer) } } },
    title: `Wait ${longer} ms before trying again instead of ${firstMs} ms`,
    reason,
  };
  const some = [...(retries < MOST_RETRIES ? [again] : []), ...(longer > firstMs && retries > 0 ? [later] : [])];
  const pressed = failures.some(({ status, template }) => status === 429 || /too many|rate.?limit/i.test(template));
  return pressed ? some.reverse() : some;
}

function fewerAtOnce({ failures, setup }: Troubled): readonly Idea[] {
  if (setup.concurrency < 2 || !failures.every(({ alongside }) => alongside)) return [];
  const concurrency = Math.max(1, Math.floor(setup.concurrency / 2));
  return [
    {
      kind: "concurrency",
      patch: { concurrency },
      title: `Give it ${concurrency} at once instead of ${setup.concurrency}`,
      reason: `each of ${failures.length} failures came while it had other work`,
    },
  ];
}

/** Failures whose answer is a documented variable of the runtime. */
const VARIABLES: readonly {
  readonly says: RegExp;
  readonly env: Readonly<Record<string, string>>;
  readonly why: string;
}[] = [
  {
    says: /Unicode(?:En|De)codeError.*\bascii\b|\bascii\b.*Unicode(?:En|De)codeError/i,
    env: { PYTHONUTF8: "1" },
    why: "Python was started without UTF-8",
  },
  {
    says: /JavaScript heap out of memory/i,
    env: { NODE_OPTIONS: "--max-old-space-size=4096" },
    why: "Node's heap was too small",
  },
];

function environment({ failures }: Troubled): readonly Idea[] {
  const text = failures.at(-1)?.template ?? "";
  return VARIABLES.filter(({ says }) => says.test(text)).map(({ env, why }) => ({
    kind: "environment",
    patch: { config: { env } },
    title: `Set ${Object.entries(env)
      .map(([name, value]) => `${name}=${value}`)
      .join(", ")}`,
    reason: `${why}: ${text}`,
  }));
}

function alternative({ kind, config, advice }: AgentAlternative, { failures, setup }: Troubled): Idea {
  const said = advice === undefined ? {} : { tuning: { advice: [...(setup.tuning.advice ?? []), advice].slice(-5) } };
  return {
    kind,
    patch: { ...(config === undefined ? {} : { config }), ...said },
    title: `Try the ${kind} that was written down for it`,
    reason: `${failures.length} of its tasks failed with: ${failures.at(-1)?.template ?? ""}`,
  };
}

function quarantine({ kin, past, failures }: Troubled): readonly Idea[] {
  if (kin.length === 0 || past.length < PAST_NEEDED) return [];
  return [
    {
      kind: "quarantine",
      patch: { accepting: false },
      title: `Give it no work, and let ${kin.join(", ")} do it`,
      reason: `nothing else helped against: ${failures.at(-1)?.template ?? ""}`,
    },
  ];
}
