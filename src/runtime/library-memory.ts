import { homeOf } from "../memory/access.ts";
import type { MemoryPalace } from "../memory/palace.ts";
import type { Runtime } from "../runtime.ts";

/** The memory as the library hands it out: the journal hears what is forgotten through it, as through any other door. */
export function libraryMemory({ palace, bus }: Runtime): MemoryPalace {
  return palace.telling(async ({ key, space }, reader) => {
    const by = reader.kind === "agent" ? homeOf(reader) : "library";
    await bus.publish({ type: "memory.forgotten", principal: by, subject: `memory/${key}`, data: { key, space, by } });
  });
}
