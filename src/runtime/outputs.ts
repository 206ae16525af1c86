import type { Files } from "../kernel/files.ts";

/** Keeps what a task put out beside the journal, readable by the owner alone. */
export async function keepOutput(
  files: Pick<Files, "makeDirectory" | "write">,
  dataDir: string,
  taskId: string,
  text: string,
): Promise<void> {
  await files.makeDirectory(`${dataDir}/outputs`);
  await files.write(`${dataDir}/outputs/${taskId}.json`, text, { mode: 0o600 });
}
