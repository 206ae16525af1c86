import type { z } from "zod";
import type { Clock } from "../../kernel/clock.ts";
import type { FileLocks } from "../../kernel/file-lock.ts";
import type { Files } from "../../kernel/files.ts";
import type { Log } from "../../kernel/log.ts";
import type { Modules } from "../../kernel/modules.ts";
import type { MemoryBackend } from "../backend.ts";
import { checked } from "../checked.ts";

/** What a backend may ask of the world. */
export interface MemoryPorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly locks: FileLocks;
  readonly log: Log;
  /** Loads a backend of the user's own; without it there are ours alone. */
  readonly modules?: Modules | undefined;
  /** Hears what is sent to a server, before it is sent. */
  readonly trace?: ((statement: string, parameters: Readonly<Record<string, unknown>>) => void) | undefined;
}

/** One way to keep memory: what it must be told, and how it is opened. */
export interface BackendKind {
  readonly name: string;
  readonly options: z.ZodType;
  /** Rejects with `input.invalid` for options it does not know, with `memory.unavailable` when the store cannot be used. */
  open(options: unknown, ports: MemoryPorts): Promise<MemoryBackend>;
}

export function backendKind<S extends z.ZodType>(definition: {
  readonly name: string;
  readonly options: S;
  readonly open: (options: z.output<S>, ports: MemoryPorts) => Promise<MemoryBackend>;
}): BackendKind {
  const { name, options, open } = definition;
  return {
    name,
    options,
    open: async (given, ports) => open(checked(options, given, `memory backend ${name}`), ports),
  };
}
