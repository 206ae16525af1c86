import type { MemoryAsker } from "./deps.ts";
import type { Principal } from "./principals.ts";

/** Whatever an agent asks for, it is asked as that agent: the palace decides what there is for it. */
export function askerOf(by: Principal, space: string | undefined): MemoryAsker {
  return { by, space, reader: by.role === "agent" ? { kind: "agent", id: by.agentId } : { kind: "operator" } };
}
