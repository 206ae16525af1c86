import type { AgentContext, AgentReport } from "../../src/agents/kind.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { systemEntropy } from "../../src/platform/entropy.ts";
import { nodeFiles } from "../../src/platform/files.ts";
import { createProcesses } from "../../src/platform/processes.ts";
import { nodeWeb } from "../../src/platform/web.ts";
import { tempDir } from "./temp-dir.ts";

export const processes = createProcesses({ clock: systemClock, entropy: systemEntropy });

/** A context with the real ports, and what the agent reported so far. */
export interface RecordedContext extends AgentContext {
  readonly reports: readonly AgentReport[];
  /** Resolves with the first report, past or to come, that fits. */
  reported(fits: (report: AgentReport) => boolean): Promise<AgentReport>;
}

export async function recordedContext(environment: Record<string, string> = {}): Promise<RecordedContext> {
  const reports: AgentReport[] = [];
  const waiting = new Set<() => void>();
  return {
    agentId: "tested",
    workspace: await tempDir(),
    environment: { PATH: process.env["PATH"], ...environment },
    ports: { processes, web: nodeWeb, clock: systemClock, entropy: systemEntropy, files: nodeFiles, log: silentLog },
    reports,
    report: (event) => {
      reports.push(event);
      for (const look of waiting) look();
    },
    reported: (fits) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = reports.find(fits);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
