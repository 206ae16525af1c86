import { z } from "zod";
import { AiosError } from "../../kernel/errors.ts";
import type { AppendHandle } from "../../kernel/files.ts";
import { collect, parseLine, wholeLines } from "../backends/json-lines.ts";
import type { MemoryPorts } from "../backends/kind.ts";
import { idOf, linkId, type StoredItem, type StoredLink, storedItem, storedLink } from "../item.ts";
import { forgetSetAside } from "../set-aside.ts";

const entry = z.discriminatedUnion("op", [
  z.object({ op: z.literal("put"), item: storedItem, expected: z.number().optional() }),
  z.object({ op: z.literal("link"), link: storedLink }),
]);
export type OutboxEntry = z.infer<typeof entry>;

const HEADER = `${JSON.stringify({ format: "aios.memory.outbox", version: 1 })}\n`;
/** What waits is held in memory too, for questions meanwhile. */
const MOST_WAITING = 10_000;

/**
 * Writes that wait for their server, in a file. Of several to one item the last one is delivered, over what the first one
 * meant to replace. A write is acknowledged after it was flushed; the file is removed when everything was delivered.
 */
export class Outbox {
  readonly #directory: string;
  readonly #path: string;
  readonly #ports: MemoryPorts;
  readonly #puts = new Map<string, { readonly item: StoredItem; readonly expected: number | undefined }>();
  readonly #links = new Map<string, StoredLink>();
  #handle: AppendHandle | undefined;

  private constructor(directory: string, name: string, ports: MemoryPorts) {
    this.#directory = directory;
    this.#path = `${directory}/outbox-${name}.jsonl`;
    this.#ports = ports;
  }

  /** What an engine before this one left is in it. A torn last line, which nobody was told was kept, is set aside. */
  static async open(directory: string, name: string, ports: MemoryPorts): Promise<Outbox> {
    await ports.files.makeDirectory(directory);
    const outbox = new Outbox(directory, name, ports);
    await outbox.#load();
    return outbox;
  }

  get waiting(): number {
    return this.#puts.size + this.#links.size;
  }

  item(id: string): StoredItem | undefined {
    return this.#puts.get(id)?.item;
  }

  items(): readonly StoredItem[] {
    return [...this.#puts.values()].map(({ item }) => item);
  }

  /** Rejects with `memory.unavailable` when too much waits already. */
  async add(entries: readonly OutboxEntry[]): Promise<void> {
    if (this.waiting + entries.length > MOST_WAITING)
      throw new AiosError("memory.unavailable", `${String(this.waiting)} writes wait for the memory's server already`);
    this.#handle ??= await this.#begin();
    await this.#handle.write(new TextEncoder().encode(entries.map((one) => `${JSON.stringify(one)}\n`).join("")));
    await this.#handle.sync();
    for (const one of entries) this.#take(one);
  }

  /** Hands everything over, items before links; nothing is forgotten until all of it was taken. */
  async deliver(send: (entries: readonly OutboxEntry[]) => Promise<void>): Promise<void> {
    if (this.waiting === 0) return;
    const puts = [...this.#puts.values()].map(({ item, expected }): OutboxEntry => ({ op: "put", item, expected }));
    const links = [...this.#links.values()].map((link): OutboxEntry => ({ op: "link", link }));
    await send([...puts, ...links]);
    await this.close();
    await this.#ports.files.remove(this.#path);
    this.#puts.clear();
    this.#links.clear();
  }

  /** Removes the torn end of an earlier outbox when it speaks of an item that is to be forgotten. */
  forget(id: string): Promise<void> {
    return forgetSetAside(this.#ports.files, this.#directory, [id]);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  #take(one: OutboxEntry): void {
    if (one.op === "link") {
      this.#links.set(linkId(one.link), one.link);
      return;
    }
    const id = idOf(one.item);
    const first = this.#puts.get(id);
    this.#puts.set(id, { item: one.item, expected: first === undefined ? one.expected : first.expected });
  }

  async #begin(): Promise<AppendHandle> {
    const isNew = !(await this.#ports.files.exists(this.#path));
    const handle = await this.#ports.files.append(this.#path);
    if (isNew) await handle.write(new TextEncoder().encode(HEADER));
    return handle;
  }

  async #load(): Promise<void> {
    const { files, log } = this.#ports;
    const bytes = await collect(files.stream(this.#path));
    if (bytes.length === 0) return;
    const { lines, length } = wholeLines(bytes);
    if (lines[0] !== undefined && `${lines[0].text}\n` !== HEADER)
      throw new AiosError("memory.unavailable", `${this.#path} is no outbox of this version: move it away`);
    for (const { text, start } of lines.slice(1)) {
      const read = entry.safeParse(parseLine(text));
      if (read.success) this.#take(read.data);
      else log.error("a write that waits for the memory's server cannot be read", { path: this.#path, atByte: start });
    }
    if (length === bytes.length) return;
    await files.write(`${this.#path}.torn`, bytes.subarray(length), { mode: 0o600 });
    log.warn("the last line of the memory's outbox was torn and has been set aside", { path: `${this.#path}.torn` });
    this.#handle = await files.append(this.#path);
    await this.#handle.truncate(length);
    if (length === 0) await this.#handle.write(new TextEncoder().encode(HEADER));
  }
}
