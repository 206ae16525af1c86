import { z } from "zod";
import { AiosError } from "../kernel/errors.ts";
import { backends } from "./backends/index.ts";
import type { BackendKind, MemoryPorts } from "./backends/kind.ts";
import { MemoryPalace } from "./palace.ts";

const kinds: ReadonlyMap<string, BackendKind> = new Map(Object.entries(backends));

/** Which backend keeps the memory; the other members are its own options, checked when it is opened. */
export const memoryConfig = z.looseObject({ backend: z.string().default("json") });
export type MemoryConfig = z.input<typeof memoryConfig>;

/** Opens the memory that a configuration names, for the operator. Rejects with `input.invalid` for a backend nobody knows. */
export async function openPalace(config: MemoryConfig, ports: MemoryPorts): Promise<MemoryPalace> {
  const { backend, ...options } = memoryConfig.parse(config);
  const kind = kinds.get(backend);
  if (kind === undefined) {
    const message = `there is no memory backend ${backend}; there are ${[...kinds.keys()].join(", ")}`;
    throw new AiosError("input.invalid", message, { faults: [{ path: "backend", message }] });
  }
  return MemoryPalace.over(await kind.open(options, ports), ports.clock);
}
