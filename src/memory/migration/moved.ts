import { z } from "zod";
import { AiosError } from "../../kernel/errors.ts";
import type { MemoryPorts } from "../backends/kind.ts";
import type { Migration } from "./report.ts";

const moved = z.object({ version: z.literal(1), from: z.string(), to: z.string(), atMs: z.number() });

/** The note that the memory lies elsewhere than the configuration says, until the configuration says so too. */
export class MovedNote {
  readonly #path: string;
  readonly #ports: MemoryPorts;

  /** @param directory where the memory's own files are */
  constructor(directory: string, ports: MemoryPorts) {
    this.#path = `${directory}/moved.json`;
    this.#ports = ports;
  }

  /** The backend that holds the memory: the one a move led to, until the configuration names it or a third one. */
  async backendFor(configured: string): Promise<string> {
    const { files, log } = this.#ports;
    const text = await files.readText(this.#path);
    if (text === undefined) return configured;
    const read = moved.safeParse(parsed(text));
    if (!read.success)
      throw new AiosError("memory.unavailable", `${this.#path} cannot be read: it says where the memory was moved to`);
    const { from, to } = read.data;
    if (from === configured) {
      log.warn("the memory was moved and the configuration still names where it was", { configured, to });
      return to;
    }
    await files.remove(this.#path);
    return configured;
  }

  /** @param configured what the configuration says, whatever the memory moved from */
  async write({ to }: Migration, configured: string): Promise<void> {
    const { files, clock } = this.#ports;
    if (to === configured) return files.remove(this.#path);
    const note = { version: 1, from: configured, to, atMs: clock.now() } satisfies z.infer<typeof moved>;
    await files.write(this.#path, `${JSON.stringify(note)}\n`, { mode: 0o600 });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
