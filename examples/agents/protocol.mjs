import { createInterface } from "node:readline";

/**
 * @typedef {{type: "task", id: string, attempt: number, input: unknown, advice?: {key: string, title?: string, content: string}[], model?: string, settings?: Record<string, unknown>}} Task
 * @typedef {{say: (message: Record<string, unknown>) => void, progress: (ratio: number, message?: string) => void}} Mouth
 */

/** Writes one message to the engine: a JSON object on a line of its own. */
export function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** A failure with a code of its own, for example `HTTP_503`, and whatever else the protocol's `error` may say. */
export function failure(message, code, { retryable = true, ...said } = {}) {
  return Object.assign(new Error(message), { code, retryable, said });
}

/**
 * Answers tasks that arrive as JSON lines on stdin. A one-shot agent is one process per task and ends after its first;
 * a resident one lives on, says that it is alive every `heartbeatMs`, and ends when its input does.
 * What `work` returns is the output; what it throws is told as Node would say it: message and code.
 *
 * @param {(task: Task, mouth: Mouth) => unknown} work
 */
export async function serve(work, { resident = false, heartbeatMs = 1_000 } = {}) {
  const beat = resident ? setInterval(() => say({ type: "heartbeat" }), heartbeatMs) : undefined;
  if (resident) say({ type: "heartbeat" });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "") continue;
    await answer(JSON.parse(line), work);
    if (!resident) break;
  }
  clearInterval(beat);
  process.stdin.destroy();
}

async function answer(task, work) {
  const { id } = task;
  const progress = (ratio, message) =>
    say({ type: "progress", id, ratio, ...(message === undefined ? {} : { message }) });
  try {
    say({ type: "result", id, output: (await work(task, { say, progress })) ?? null });
  } catch (thrown) {
    const { message, code, retryable, said } =
      /** @type {Error & {code?: string, retryable?: boolean, said?: Record<string, unknown>}} */ (thrown);
    const known = typeof code === "string" ? { code, ...said } : {};
    say({ type: "error", id, message, ...known, ...(retryable === undefined ? {} : { retryable }) });
  }
}
