import type { Reading, Resource } from "../actions/engine-doors.ts";
import { calm, type HysteresisSettings, type HysteresisState, sample } from "../domain/hysteresis.ts";
import { addSample, isNews, type MinuteSummary, type OpenMinute, type Sample } from "../domain/minute-summary.ts";
import type { EventBus } from "../events/bus.ts";
import type { EventData } from "../events/catalog.ts";
import { type Cancel, type Clock, pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { Processes, ProcessIdentity, ProcessUsage } from "../kernel/processes.ts";
import type { Vitals } from "../kernel/vitals.ts";

interface Threshold {
  readonly fire: number;
  readonly clear: number;
}

export interface SensorSettings {
  readonly intervalMs: number;
  readonly samples: number;
  readonly holdMs: number;
  readonly host: Readonly<Record<Resource, Threshold>>;
  readonly agent: { readonly cpu: Threshold; readonly memoryMiB: Threshold };
}

export interface SensorDeps {
  readonly bus: Pick<EventBus, "publish">;
  readonly clock: Clock;
  readonly log: Log;
  readonly vitals: Vitals;
  readonly processes: Pick<Processes, "usage">;
  /** Agents that have a process now. */
  readonly agents: () => readonly { readonly id: string; readonly processes: readonly ProcessIdentity[] }[];
  readonly settings: SensorSettings;
}

interface Usage {
  readonly cpuMs: number;
  readonly waitedMs: number;
  readonly rssBytes: number;
  /** On the monotonic clock. */
  readonly atMs: number;
}

interface UsageMark extends Usage {
  /** Which processes were summed: of other processes the difference says nothing. */
  readonly of: string;
}

/** Per cent of one core over some time. */
interface CpuShare {
  readonly used: number;
  /** What was ready to run and had to wait, because others had the cores. */
  readonly waited: number;
}

export interface AgentSample {
  readonly atMs: number;
  /** Per cent of one core that it used; absent in the first sample of a process. */
  readonly cpuPercent?: number;
  readonly memoryMiB: number;
}

const MIB = 1024 * 1024;
/** How far apart the two readings of one fresh CPU measurement are. */
const SPAN_MS = 400;

/**
 * Reads the machine and every agent's process trees at a steady pace. A crossing is published when a value stayed on the
 * other side of its thresholds; single samples are never events. What could not be measured is left out.
 *
 * An agent's CPU is judged by what it wanted, that is used or waited for: a runaway on a crowded machine gets a part of a
 * core only, and must neither stay unseen nor look mended for that.
 */
export class Sensors {
  readonly #deps: SensorDeps;
  readonly #sides = new Map<string, HysteresisState>();
  readonly #minutes = new Map<string, OpenMinute>();
  readonly #told = new Map<string, MinuteSummary>();
  /** Minutes since then that had nothing new. */
  readonly #unchanged = new Map<string, number>();
  readonly #marks = new Map<string, UsageMark>();
  readonly #lastOf = new Map<string, AgentSample>();
  #cancel: Cancel | undefined;
  #stopped = false;
  #latest: Sample | undefined;

  constructor(deps: SensorDeps) {
    this.#deps = deps;
  }

  /** The newest sample of the machine. */
  get host(): Sample | undefined {
    return this.#latest;
  }

  /** The newest sample of an agent's processes; `undefined` until there is one, and once it has no process any more. */
  lastOf(agentId: string): AgentSample | undefined {
    return this.#lastOf.get(agentId);
  }

  start(): void {
    const { clock, settings } = this.#deps;
    this.#cancel = clock.at(clock.now() + settings.intervalMs, () => void this.#tick());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** A measurement that begins after the call; CPU is taken over a short span. `undefined` where nothing can be measured. */
  async reading(scope: { readonly agentId: string } | "host", resource: Resource): Promise<Reading | undefined> {
    const { clock, vitals } = this.#deps;
    if (scope === "host") {
      if (resource === "cpu") {
        await vitals.host();
        await pause(clock, SPAN_MS);
      }
      const value = (await vitals.host())[resource];
      return value === undefined || !Number.isFinite(value) ? undefined : { value, unit: "percent", atMs: clock.now() };
    }
    const identities = this.#deps.agents().find(({ id }) => id === scope.agentId)?.processes ?? [];
    return resource === "cpu"
      ? this.#agentCpu(identities)
      : resource === "memory"
        ? this.#agentMemory(identities)
        : undefined;
  }

  async #agentCpu(identities: readonly ProcessIdentity[]): Promise<Reading | undefined> {
    const { clock } = this.#deps;
    const first = await this.#usage(identities);
    await pause(clock, SPAN_MS);
    const second = await this.#usage(identities);
    const share = first === undefined || second === undefined ? undefined : shareBetween(first, second);
    return share === undefined ? undefined : { value: wanted(share), unit: "percent", atMs: clock.now() };
  }

  async #agentMemory(identities: readonly ProcessIdentity[]): Promise<Reading | undefined> {
    const usage = await this.#usage(identities);
    return usage === undefined ? undefined : { value: usage.rssBytes / MIB, unit: "MiB", atMs: this.#deps.clock.now() };
  }

  async #tick(): Promise<void> {
    try {
      await this.#sampleHost();
      const agents = this.#deps.agents();
      this.#forgetOthers(agents);
      for (const agent of agents) await this.#sampleAgent(agent.id, agent.processes);
    } catch (failure) {
      this.#deps.log.warn("a sensor could not read", { failure: messageOf(failure) });
    }
    if (!this.#stopped) this.start();
  }

  /** An agent whose processes are gone has no sample that still holds. */
  #forgetOthers(agents: ReturnType<SensorDeps["agents"]>): void {
    const present = new Set(agents.map(({ id }) => id));
    for (const id of this.#lastOf.keys()) if (!present.has(id)) this.#lastOf.delete(id);
  }

  async #sampleHost(): Promise<void> {
    const { clock, vitals, settings } = this.#deps;
    const { cpu, memory, disk, gpu } = await vitals.host();
    const atMs = clock.now();
    this.#latest = { atMs, cpuPercent: cpu, memoryPercent: memory, diskPercent: disk, gpuPercent: gpu };
    await this.#summarise("host", this.#latest, { scope: "host" });
    for (const [resource, value] of [
      ["cpu", cpu],
      ["memory", memory],
      ["disk", disk],
      ["gpu", gpu],
    ] as const) {
      if (value === undefined) continue;
      await this.#judge(`host ${resource}`, value, atMs, settings.host[resource], {
        scope: "host",
        resource,
        unit: "percent",
      });
    }
  }

  async #sampleAgent(agentId: string, identities: readonly ProcessIdentity[]): Promise<void> {
    if (identities.length === 0) {
      this.#lastOf.delete(agentId);
      return;
    }
    const { clock, settings } = this.#deps;
    const usage = await this.#usage(identities);
    if (usage === undefined) {
      this.#lastOf.delete(agentId);
      return;
    }
    const atMs = clock.now();
    const memoryMiB = usage.rssBytes / MIB;
    const share = this.#shareSince(agentId, usage, identities);
    const cpuPercent = share?.used;
    this.#lastOf.set(agentId, { atMs, memoryMiB, ...(cpuPercent === undefined ? {} : { cpuPercent }) });
    await this.#summarise(`agent ${agentId}`, { atMs, cpuPercent, memoryMiB }, { scope: "agent", agentId });
    const about = { scope: "agent", agentId, pid: identities[0]?.pid } as const;
    if (share !== undefined)
      await this.#judge(`${agentId} cpu`, wanted(share), atMs, settings.agent.cpu, {
        ...about,
        resource: "cpu",
        unit: "percent",
        waited: tenths(share.waited),
      });
    await this.#judge(`${agentId} memory`, memoryMiB, atMs, settings.agent.memoryMiB, {
      ...about,
      resource: "memory",
      unit: "MiB",
    });
  }

  /** Since the last sample of the same processes. */
  #shareSince(agentId: string, usage: Usage, identities: readonly ProcessIdentity[]): CpuShare | undefined {
    const of = identities.map(({ pid, startTime }) => `${pid}.${startTime}`).join(" ");
    const before = this.#marks.get(agentId);
    this.#marks.set(agentId, { ...usage, of });
    return before?.of === of ? shareBetween(before, usage) : undefined;
  }

  async #usage(identities: readonly ProcessIdentity[]): Promise<Usage | undefined> {
    const all = await Promise.all(identities.map((identity) => this.#deps.processes.usage(identity)));
    const known = all.filter((usage) => usage !== undefined);
    const total = (of: (usage: ProcessUsage) => number) => known.reduce((sum, usage) => sum + of(usage), 0);
    const [first] = known;
    if (first === undefined) return undefined;
    return {
      cpuMs: total(({ cpuMs }) => cpuMs),
      waitedMs: total(({ waitedMs }) => waitedMs ?? 0),
      rssBytes: total(({ rssBytes }) => rssBytes),
      atMs: first.atMs,
    };
  }

  async #judge(
    name: string,
    value: number,
    atMs: number,
    { fire, clear }: Threshold,
    about: Pick<EventData<"resource.high">, "scope" | "resource" | "unit"> & {
      readonly agentId?: string;
      readonly pid?: number | undefined;
      readonly waited?: number;
    },
  ): Promise<void> {
    const { samples, holdMs } = this.#deps.settings;
    const settings: HysteresisSettings = { high: fire, normal: clear, samples, holdMs };
    const { state, flip } = sample(this.#sides.get(name) ?? calm, value, atMs, settings);
    this.#sides.set(name, state);
    if (flip === undefined) return;
    const { pid, ...rest } = about;
    const data = {
      ...rest,
      ...(pid === undefined ? {} : { pid }),
      value: tenths(value),
      threshold: flip === "high" ? fire : clear,
      samples,
    };
    const subject = about.agentId === undefined ? "host" : `agent/${about.agentId}`;
    await this.#deps.bus.publish({ type: flip === "high" ? "resource.high" : "resource.normal", data, subject });
  }

  async #summarise(
    name: string,
    one: Sample,
    about: { readonly scope: "host" | "agent"; readonly agentId?: string },
  ): Promise<void> {
    const { open, closed } = addSample(this.#minutes.get(name), one);
    this.#minutes.set(name, open);
    if (closed === undefined) return;
    const isHost = about.agentId === undefined;
    const unchanged = this.#unchanged.get(name) ?? 0;
    if (!isHost && !isNews(this.#told.get(name), closed)) {
      this.#unchanged.set(name, unchanged + 1);
      return;
    }
    this.#told.set(name, closed);
    this.#unchanged.delete(name);
    await this.#deps.bus.publish({
      type: "resource.summary",
      data: { ...about, ...closed, ...(unchanged === 0 ? {} : { unchanged }) },
      subject: isHost ? "host" : `agent/${about.agentId ?? ""}`,
    });
  }
}

function shareBetween(before: Usage, after: Usage): CpuShare | undefined {
  const elapsedMs = after.atMs - before.atMs;
  if (elapsedMs <= 0) return undefined;
  const share = (ms: number) => Math.max(0, (100 * ms) / elapsedMs);
  return { used: share(after.cpuMs - before.cpuMs), waited: share(after.waitedMs - before.waitedMs) };
}

function wanted({ used, waited }: CpuShare): number {
  return used + waited;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
