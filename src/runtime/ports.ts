import type { Clock } from "../kernel/clock.ts";
import type { Entropy } from "../kernel/entropy.ts";
import type { Files } from "../kernel/files.ts";
import type { Hash } from "../kernel/hash.ts";
import type { Log } from "../kernel/log.ts";
import type { LoopDelay } from "../kernel/loop-delay.ts";
import type { Processes } from "../kernel/processes.ts";
import type { Vitals } from "../kernel/vitals.ts";
import type { Watch } from "../kernel/watch.ts";
import type { Web } from "../kernel/web.ts";

/** The real world, as far as the engine may touch it. */
export interface Ports {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly hash: Hash;
  readonly files: Files;
  readonly log: Log;
  readonly processes: Processes;
  readonly web: Web;
  readonly vitals: Vitals;
  /** What the machine's own clock says; the engine's clock unless told. */
  readonly wall?: (() => number) | undefined;
  /** Told what the thread works on. */
  readonly watch?: Watch | undefined;
  /** How late the loop is; nobody watches it where absent. */
  readonly loop?: LoopDelay;
  /** The engine's own environment; agents get an allow-listed part of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
