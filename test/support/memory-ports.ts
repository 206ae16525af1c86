import type { Clock } from "../../src/kernel/clock.ts";
import { type Log, type LogFields, silentLog } from "../../src/kernel/log.ts";
import type { MemoryPorts } from "../../src/memory/backends/kind.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { nodeFileLocks } from "../../src/platform/file-lock.ts";
import { nodeFiles } from "../../src/platform/files.ts";

/** The real ports, with what was warned about kept for the test to read. */
export function memoryPorts(clock: Clock = systemClock): MemoryPorts & { readonly warnings: LogFields[] } {
  const warnings: LogFields[] = [];
  const log: Log = { ...silentLog, warn: (message, fields) => warnings.push({ message, ...fields }) };
  return { clock, files: nodeFiles, locks: nodeFileLocks(systemClock), log, warnings };
}
