import { z } from "zod";
import type { Resource } from "../engine-doors.ts";
import { name } from "../params.ts";
import type { CheckContext, CheckKind, CheckReading } from "./kind.ts";

const params = z.strictObject({
  resource: z.enum(["cpu", "memory", "disk", "gpu"]),
  threshold: z
    .number()
    .describe("Host: per cent. Agent: CPU in per cent of one core, used or waited for, memory in MiB."),
  target: name.optional().describe("An agent, its process tree summed; the whole host when absent."),
});

/** A fresh measurement below a threshold. */
export const resourceBelow: CheckKind<z.infer<typeof params>> = {
  name: "resource_below",
  summary: "A fresh measurement of the host, or of an agent's processes, is below a threshold.",
  params,
  read: ({ resource, threshold, target }, context) => readBelow(resource, threshold, target, context),
};

const seedParams = z.strictObject({ threshold: z.number() });

/** The seed's name for the host's CPU below a threshold. */
export const cpuBelowThreshold: CheckKind<z.infer<typeof seedParams>> = {
  name: "cpu_below_threshold",
  summary: "A fresh measurement of the host's CPU is below a threshold, in per cent of all cores.",
  params: seedParams,
  read: ({ threshold }, context) => readBelow("cpu", threshold, undefined, context),
};

async function readBelow(
  resource: Resource,
  threshold: number,
  agentId: string | undefined,
  { engine }: CheckContext,
): Promise<CheckReading> {
  const who = agentId ?? "host";
  const reading = await engine.reading(agentId === undefined ? "host" : { agentId }, resource);
  if (reading === undefined) return { ok: null, reading: null, detail: `${resource} of ${who} cannot be measured` };
  const { value, unit, atMs } = reading;
  const ok = value < threshold;
  const detail = `${resource} of ${who} is ${round(value)} ${unit}, ${ok ? "below" : "not below"} ${threshold}`;
  return { ok, reading: { value, unit, atMs }, detail };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
