import { constants } from "node:os";

/** Asked to end by these, a command ends in order. */
export const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type Ending = (typeof endings)[number];

/** What a shell reports for a program that ended by this signal. */
export function signalExitCode(signal: string): number {
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return 128 + (numbers[signal] ?? 0);
}

export interface SignalWatch extends Disposable {
  /** Resolves with the first signal. */
  readonly first: Promise<Ending>;
}

/** Waits for the first signal; whoever sends a second one does not want to wait: the process ends at once. */
export function watchSignals(): SignalWatch {
  let tell: (signal: Ending) => void = () => {};
  const first = new Promise<Ending>((resolve) => {
    tell = resolve;
  });
  let seen = false;
  const hear = (signal: Ending) => {
    if (seen) process.exit(signalExitCode(signal));
    seen = true;
    tell(signal);
  };
  for (const signal of endings) process.on(signal, hear);
  return {
    first,
    [Symbol.dispose]: () => {
      for (const signal of endings) process.off(signal, hear);
    },
  };
}

/** Resolves when the supervisor that started this process is gone; never without one. */
export function supervisorGone(): Promise<Ending> {
  return new Promise((resolve) => {
    if (process.connected) process.once("disconnect", () => resolve("SIGHUP"));
  });
}
