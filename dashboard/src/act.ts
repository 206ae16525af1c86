import { Refusal } from "./api.ts";
import { live } from "./live/instance.ts";

export interface Notice {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly text: string;
}

let notices: readonly Notice[] = [];
let next = 1;
const listeners = new Set<(notices: readonly Notice[]) => void>();
const GOOD_MS = 5000;
const BAD_MS = 15_000;

export function onNotices(listener: (notices: readonly Notice[]) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function dismiss(id: number): void {
  tell(notices.filter((notice) => notice.id !== id));
}

/** Does something on a person's behalf, says how it went, and fetches what changed. */
export async function act(done: string, doing: () => Promise<unknown>): Promise<void> {
  try {
    await doing();
    say("good", done);
  } catch (failure) {
    const advice = failure instanceof Refusal && failure.advice !== "" ? ` ${failure.advice}` : "";
    say("bad", `${failure instanceof Error ? failure.message : String(failure)}.${advice}`.replace("..", "."));
  }
  await live.refresh();
}

function say(tone: Notice["tone"], text: string): void {
  const id = next++;
  tell([...notices, { id, tone, text }].slice(-4));
  setTimeout(() => dismiss(id), tone === "good" ? GOOD_MS : BAD_MS);
}

function tell(now: readonly Notice[]): void {
  notices = now;
  for (const listener of listeners) listener(now);
}
