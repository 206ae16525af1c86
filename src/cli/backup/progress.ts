import type { Call } from "../command.ts";

const EVERY_MS = 1_000;
const MIB = 1024 * 1024;

/** Tells a person once a second how far it has come; scripts are told the end alone. */
export function progressOf({ json, terminal }: Pick<Call, "json" | "terminal">): (bytes: number) => void {
  let told = performance.now();
  return (bytes) => {
    if (json || performance.now() - told < EVERY_MS) return;
    told = performance.now();
    terminal.err(`${(bytes / MIB).toFixed(1)} MiB so far\n`);
  };
}
