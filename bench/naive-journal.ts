import { open } from "node:fs/promises";

export interface NaiveJournal extends AsyncDisposable {
  append(event: unknown): Promise<void>;
}

/** What one would write first: a line for each event, and a sync for each line before the next one begins. */
export async function openNaiveJournal(file: string): Promise<NaiveJournal> {
  const handle = await open(file, "a");
  let queue: Promise<void> = Promise.resolve();
  const write = async (line: string) => {
    await handle.write(line);
    await handle.datasync();
  };
  return {
    append(event) {
      const line = `${JSON.stringify(event)}\n`;
      queue = queue.then(() => write(line));
      return queue;
    },
    async [Symbol.asyncDispose]() {
      await queue;
      await handle.close();
    },
  };
}
