/** What the engine asks of the machine it runs on. */
export interface Vitals {
  /** The machine's load now. CPU is measured since the reading before, so the first reading has none. */
  host(): Promise<HostReading>;
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
