/** What the engine asks of the machine it runs on. */
export interface Vitals {
  /** The machine's load now. CPU is measured since the reading before, so the first reading has none. */
  host(): Promise<HostReading>;
  /** How full the volume is that holds a path; `undefined` where that cannot be told. */
  volume(path: string): Promise<VolumeReading | undefined>;
  /** A process by its pid; `absent` when there is none that still runs, `undefined` where that cannot be told. */
  process(pid: number): RunningProcess | "absent" | undefined;
  /** One look at all processes, for children that ended and were never waited for; `undefined` where that cannot be told. */
  defunct(): DefunctBelow | undefined;
}

/** Of a machine that says nothing about its volumes and processes. */
export const untold: Omit<Vitals, "host"> = {
  volume: async () => undefined,
  process: () => undefined,
  defunct: () => undefined,
};

export interface VolumeReading {
  /** As df counts it. */
  readonly usedPercent: number;
  readonly freeBytes: number;
}

export interface RunningProcess {
  /** Milliseconds since the epoch, right to a second or so. */
  readonly startedAtMs: number;
}

/** Of some processes and all their descendants. The processes are looked at when it is first asked. */
export type DefunctBelow = (pids: readonly number[]) => readonly DefunctProcess[];

export interface DefunctProcess {
  readonly pid: number;
  /** Who would have to wait for it. */
  readonly parent: number;
}

/** Per cent, 0 to 100, of the whole machine. What could not be measured is absent, never 0. */
export interface HostReading {
  /** Of all cores together. */
  readonly cpu?: number;
  readonly memory?: number;
  /** Used share of the volume that holds the data directory. */
  readonly disk?: number;
  /** The busiest GPU, where its tool is installed. */
  readonly gpu?: number;
}
