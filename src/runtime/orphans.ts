import { endTree } from "../agents/process/end-tree.ts";
import { messageOf } from "../kernel/errors.ts";
import type { EndReport, ProcessIdentity } from "../kernel/processes.ts";
import type { Runtime } from "../runtime.ts";

/**
 * Processes that an engine before us left behind are recognised by their identity and ended, never adopted by mistake:
 * those that its journal knows, and those that it had started and not yet written down.
 */
export async function endOrphans(runtime: Runtime): Promise<void> {
  const { views, ports } = runtime;
  const known = views.agents
    .list()
    .flatMap(({ id, processes, shadows = [] }) => [
      ...processes.map((left) => ({ id, left, about: {} })),
      ...shadows.map((left) => ({ id, left, about: { shadow: true as const } })),
    ]);
  const tokens = new Set(known.map(({ left }) => left.ownerToken));
  const strays = (await ports.processes.strays()).filter(({ ownerToken }) => !tokens.has(ownerToken));
  // All at once: one that ignores the request to end keeps nobody else waiting.
  await Promise.all([...known.map((one) => endKnown(runtime, one)), ...strays.map((stray) => ended(runtime, stray))]);
}

interface Known {
  readonly id: string;
  readonly left: ProcessIdentity;
  readonly about: { readonly shadow?: true };
}

async function endKnown(runtime: Runtime, { id: agentId, left, about }: Known) {
  const { pid, startTime, bootId, ownerToken } = left;
  const report = await ended(runtime, { pid, startTime, bootId, ownerToken });
  if (report === undefined || report.remaining.length > 0) return;
  const signal = report.signal === "none" ? null : report.signal;
  await runtime.bus.publish({
    type: "agent.process_exited",
    subject: `agent/${agentId}`,
    data: { agentId, pid, startTime, exitCode: null, signal, expected: false, ...about },
  });
}

async function ended({ ports, config }: Runtime, identity: ProcessIdentity): Promise<EndReport | undefined> {
  try {
    return await endTree(ports.processes, identity, config.agents.graceMs);
  } catch (failure) {
    const { pid } = identity;
    ports.log.error("a process of the engine before could not be ended", { pid, failure: messageOf(failure) });
    return undefined;
  }
}
