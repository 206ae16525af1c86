import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent, EventOf } from "../../events/envelope.ts";
import type { AgentSpec } from "../../events/types/agent.ts";
import type { AgentState, BreakerState } from "../../events/vocabulary.ts";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { canonical } from "../../kernel/hash.ts";
import type { Json } from "../../kernel/json.ts";
import { anything, groupsOf, listOf, objectOf, oneOf, pairOf, row, text } from "../../kernel/shape.ts";
import { appended, Newest } from "./newest.ts";
import { refill, type View } from "./view.ts";

export interface ConfigVersionRow {
  readonly version: number;
  readonly config: Json;
  readonly configHash: string;
  readonly by: string;
  readonly atMs: number;
  readonly current: boolean;
  readonly restores?: number | undefined;
  readonly run?: string | undefined;
}

export interface AgentProcessRow {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
  readonly ownerToken: string;
  readonly task?: string | undefined;
  readonly startedAtMs: number;
}

export interface AgentFailureRow {
  readonly task: string;
  readonly attempt: number;
  readonly reason: string;
  readonly message: string;
  readonly atMs: number;
}

/** A share; `value` is null while there is nothing to divide by, and `why` says so. */
export interface Share {
  readonly value: number | null;
  readonly n: number;
  readonly why?: string;
}

export interface AgentRow {
  readonly id: string;
  readonly spec: AgentSpec;
  /** What it was registered as, where it was changed since. */
  readonly registered?: AgentSpec | undefined;
  readonly configVersion: number;
  readonly configHash: string;
  readonly state: AgentState;
  readonly breaker: BreakerState;
  readonly accepting: "yes" | "drained" | "stopped" | "archived";
  /** When it came into this state. */
  readonly sinceMs: number;
  /** Ids of its running tasks. */
  readonly running: readonly string[];
  /** Ended tasks, each once by its last end. */
  readonly tasks: { readonly succeeded: number; readonly failed: number; readonly cancelled: number };
  readonly attemptsFailed: number;
  readonly processes: readonly AgentProcessRow[];
  /** Those of copies in shadow: not the agent's own, and nobody's to judge or to end but the engine's. */
  readonly shadows?: readonly AgentProcessRow[];
  /** The newest failed attempts, oldest first. */
  readonly lastFailures: readonly AgentFailureRow[];
  /** Until when an open breaker lets nothing through. */
  readonly degradedUntilMs?: number | undefined;
  readonly lastHeartbeatAtMs?: number;
  readonly registeredAtMs: number;
  /** Configuration versions kept, oldest first. */
  readonly versions: readonly ConfigVersionRow[];
}

const VERSIONS_KEPT = 50;
const FAILURES_KEPT = 10;
const ENDS_KEPT = 10_000;

type End = keyof AgentRow["tasks"];

/** Every agent ever registered, as the journal tells it. */
export class AgentsView implements View {
  readonly name = "agents";
  readonly version = 1;
  readonly #rows = new Map<string, AgentRow>();
  /** How each task last ended and with whom, so that a task that ends twice counts once. */
  readonly #ends = new Newest<{ readonly agent: string; readonly end: End }>({ capacity: ENDS_KEPT });
  readonly #runningOn = new Map<string, string>();
  /** What archived agents accepted before: a reset gives it back. */
  readonly #acceptedBefore = new Map<string, AgentRow["accepting"]>();
  /** Ids by capability, those without one under `undefined`; made when it is asked for, anew after a registration. */
  #capable: Map<string | undefined, string[]> | undefined;
  /** Ids by group, of those that name one; made and made anew alike. */
  #grouped: Map<string, string[]> | undefined;
  readonly apply: (event: AnyEvent) => void;

  constructor() {
    this.apply = dispatcher({
      "agent.registered": (event) => this.#registered(event),
      "agent.configured": (event) => this.#configured(event),
      "evolution.trial_started": (event) => this.#tried(event),
      "agent.scaled": ({ data: { agentId, concurrency } }) =>
        this.#change(agentId, ({ spec }) => ({ spec: { ...spec, concurrency } })),
      "agent.state_changed": ({ data, at }) =>
        this.#change(data.agentId, () => ({ state: data.to, breaker: data.breaker, sinceMs: at })),
      "agent.degraded": ({ data }) => this.#change(data.agentId, () => ({ degradedUntilMs: data.untilMs })),
      "agent.reset": ({ data }) => this.#reset(data.agentId),
      "agent.archived": ({ data }) => this.#archived(data.agentId),
      "agent.drained": ({ data }) => this.#intake(data.agentId, "drained"),
      "agent.stopped": ({ data }) => this.#intake(data.agentId, "stopped"),
      "agent.resumed": ({ data }) => this.#intake(data.agentId, "yes"),
      "agent.heartbeat": ({ data, at }) => this.#change(data.agentId, () => ({ lastHeartbeatAtMs: at })),
      "agent.process_started": ({ data, at }) =>
        this.#change(data.agentId, ({ processes, shadows = [] }) => {
          const begun = { ...data.process, task: data.taskId, startedAtMs: at };
          return data.shadow === true ? { shadows: [...shadows, begun] } : { processes: [...processes, begun] };
        }),
      "agent.process_exited": ({ data }) =>
        this.#change(data.agentId, ({ processes, shadows = [] }) => {
          const others = (one: AgentProcessRow) => one.pid !== data.pid || one.startTime !== data.startTime;
          return data.shadow === true ? { shadows: shadows.filter(others) } : { processes: processes.filter(others) };
        }),
      "task.started": ({ data: { taskId, agentId } }) => this.#begun(taskId, agentId),
      "task.attempt_failed": (event) => this.#attemptFailed(event),
      "task.succeeded": ({ data }) => this.#ended(data.taskId, data.agentId, "succeeded"),
      "task.failed": ({ data }) => this.#ended(data.taskId, data.agentId, "failed"),
      "task.cancelled": ({ data }) =>
        this.#ended(data.taskId, data.agentId ?? this.#runningOn.get(data.taskId), "cancelled"),
      // Processes do not survive their engine: whoever started anew found them ended or ended them.
      "engine.started": () => this.#restarted(),
    });
  }

  snapshot(): Snapshot {
    return {
      rows: inGroups([...this.#rows.values()]),
      ends: this.#ends.snapshot(),
      runningOn: inGroups([...this.#runningOn]),
      acceptedBefore: [...this.#acceptedBefore],
    };
  }

  restore(value: unknown): void {
    const { rows, ends, runningOn, acceptedBefore } = state(value, this.name);
    this.#capable = undefined;
    this.#grouped = undefined;
    this.#ends.restore(ends, row<{ readonly agent: string; readonly end: End }>(), "agents.ends");
    refill(
      this.#rows,
      rows.map((one) => [one.id, one]),
    );
    refill(this.#runningOn, runningOn);
    refill(this.#acceptedBefore, acceptedBefore);
  }

  get(id: string): AgentRow | undefined {
    return this.#rows.get(id);
  }

  /** In the order of registration. */
  list(): readonly AgentRow[] {
    return [...this.#rows.values()];
  }

  /** Ids of the agents that name a capability, or for `undefined` of those that name none, in the order of registration. */
  capableOf(capability: string | undefined): readonly string[] {
    this.#capable ??= byCapability(this.#rows.values());
    return this.#capable.get(capability) ?? [];
  }

  /** The agents of a group, in the order of registration. */
  inGroup(group: string): readonly AgentRow[] {
    this.#grouped ??= byGroup(this.#rows.values());
    return (this.#grouped.get(group) ?? []).flatMap((id) => this.#rows.get(id) ?? []);
  }

  counts(): Readonly<Partial<Record<AgentState, number>>> {
    const counts: Partial<Record<AgentState, number>> = {};
    for (const { state } of this.#rows.values()) counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  }

  #registered({ data, at }: EventOf<"agent.registered">): void {
    const { agent, configHash, by } = data;
    this.#capable = undefined;
    this.#grouped = undefined;
    const known = this.#rows.get(agent.id);
    if (known === undefined) {
      this.#rows.set(agent.id, newRow(agent, configHash, by, at));
      return;
    }
    const versions =
      known.configHash === configHash
        ? known.versions
        : withVersion(known, { version: highest(known) + 1, config: agent.config, configHash, by, atMs: at });
    // Registered again as it was when an improvement had changed it: the improvement stays.
    const registered = canonical(agent) === canonical(known.spec) ? known.registered : undefined;
    const configVersion = versions.find(({ current }) => current)?.version ?? known.configVersion;
    this.#change(agent.id, () => ({ spec: agent, registered, configHash, configVersion, versions }));
  }

  #configured({ data, at }: EventOf<"agent.configured">): void {
    const { agentId, version, config, configHash, by, restores, runId, tuning, concurrency } = data;
    this.#change(agentId, (row) => ({
      spec: {
        ...row.spec,
        config,
        ...(tuning === undefined ? {} : { tuning }),
        ...(concurrency === undefined ? {} : { concurrency }),
      },
      // A person's or a remedy's change gives way to the next registration, an improvement that was proven does not.
      ...(by === "evolution" ? { registered: row.registered ?? row.spec } : {}),
      configVersion: version,
      configHash,
      versions: withVersion(row, { version, config, configHash, by, atMs: at, restores, run: runId }),
    }));
  }

  /** A version that is only tried does not hold, and its number is used. */
  #tried({ data, at }: EventOf<"evolution.trial_started">): void {
    const { agentId, candidate, after, configHash } = data;
    this.#change(agentId, ({ versions }) => {
      const row = { version: candidate, config: after.config, configHash, by: "evolution", atMs: at, current: false };
      const others = versions.filter(({ version }) => version !== candidate);
      return { versions: appended(others, row, VERSIONS_KEPT) };
    });
  }

  #archived(id: string): void {
    this.#change(id, ({ accepting }) => {
      if (accepting !== "archived") this.#acceptedBefore.set(id, accepting);
      return { accepting: "archived" };
    });
  }

  #intake(id: string, wanted: AgentRow["accepting"]): void {
    this.#change(id, ({ accepting }) => {
      if (accepting !== "archived") return { accepting: wanted };
      this.#acceptedBefore.set(id, wanted);
      return {};
    });
  }

  #reset(id: string): void {
    this.#change(id, ({ accepting }) => ({
      degradedUntilMs: undefined,
      accepting: accepting === "archived" ? (this.#acceptedBefore.get(id) ?? "yes") : accepting,
    }));
  }

  #begun(task: string, agent: string): void {
    this.#runningOn.set(task, agent);
    this.#change(agent, ({ running }) => ({ running: [...running.filter((id) => id !== task), task] }));
  }

  #attemptFailed({ data, at }: EventOf<"task.attempt_failed">): void {
    const { taskId, agentId, attempt, reason, error } = data;
    const failure = { task: taskId, attempt, reason, message: error.message, atMs: at };
    this.#change(agentId, (row) => ({
      attemptsFailed: row.attemptsFailed + 1,
      running: row.running.filter((id) => id !== taskId),
      lastFailures: appended(row.lastFailures, failure, FAILURES_KEPT),
    }));
  }

  #ended(task: string, agent: string | undefined, end: End): void {
    this.#runningOn.delete(task);
    const before = this.#ends.get(task);
    if (before !== undefined) this.#change(before.agent, ({ tasks }) => ({ tasks: counted(tasks, before.end, -1) }));
    if (agent === undefined) return;
    this.#ends.set(task, { agent, end });
    this.#change(agent, ({ tasks, running }) => ({
      tasks: counted(tasks, end, 1),
      running: running.filter((id) => id !== task),
    }));
  }

  #restarted(): void {
    this.#runningOn.clear();
    for (const id of this.#rows.keys()) this.#change(id, () => ({ processes: [], shadows: [], running: [] }));
  }

  #change(id: string, change: (row: AgentRow) => Partial<AgentRow>): void {
    const row = this.#rows.get(id);
    if (row !== undefined) this.#rows.set(id, { ...row, ...change(row) });
  }
}

const state = objectOf({
  rows: groupsOf(row<AgentRow>()),
  ends: anything,
  runningOn: groupsOf(pairOf(text, text)),
  acceptedBefore: listOf(pairOf(text, oneOf("yes", "drained", "stopped", "archived"))),
});

/** Succeeded tasks among all that ended, each counted once by its last end. */
export function successOf({ tasks }: Pick<AgentRow, "tasks">): Share {
  const n = tasks.succeeded + tasks.failed + tasks.cancelled;
  return n === 0 ? { value: null, n, why: "no task has ended yet" } : { value: tasks.succeeded / n, n };
}

function counted(tasks: AgentRow["tasks"], end: End, by: number): AgentRow["tasks"] {
  return { ...tasks, [end]: tasks[end] + by };
}

function highest({ configVersion, versions }: Pick<AgentRow, "configVersion" | "versions">): number {
  return Math.max(configVersion, ...versions.map(({ version }) => version));
}

function byCapability(rows: Iterable<AgentRow>): Map<string | undefined, string[]> {
  const ids = new Map<string | undefined, string[]>();
  for (const { id, spec } of rows) {
    const named = spec.capabilities.length === 0 ? [undefined] : new Set(spec.capabilities);
    for (const capability of named) {
      const others = ids.get(capability);
      if (others === undefined) ids.set(capability, [id]);
      else others.push(id);
    }
  }
  return ids;
}

function byGroup(rows: Iterable<AgentRow>): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { id, spec } of rows) {
    if (spec.group === undefined) continue;
    const others = ids.get(spec.group);
    if (others === undefined) ids.set(spec.group, [id]);
    else others.push(id);
  }
  return ids;
}

function newRow(spec: AgentSpec, configHash: string, by: string, atMs: number): AgentRow {
  return {
    id: spec.id,
    spec,
    configVersion: 1,
    configHash,
    state: "idle",
    breaker: "closed",
    accepting: "yes",
    sinceMs: atMs,
    running: [],
    tasks: { succeeded: 0, failed: 0, cancelled: 0 },
    attemptsFailed: 0,
    processes: [],
    lastFailures: [],
    registeredAtMs: atMs,
    versions: [{ version: 1, config: spec.config, configHash, by, atMs, current: true }],
  };
}

function withVersion(row: AgentRow, version: Omit<ConfigVersionRow, "current">): readonly ConfigVersionRow[] {
  const others: readonly ConfigVersionRow[] = row.versions
    .filter((other) => other.version !== version.version)
    .map((other) => ({ ...other, current: false }));
  return appended(others, { ...version, current: true }, VERSIONS_KEPT);
}
