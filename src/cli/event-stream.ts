import { setTimeout as pause } from "node:timers/promises";
import { type AnyEvent, decode } from "../events/envelope.ts";
import { AiosError } from "../kernel/errors.ts";
import { connect } from "./client.ts";
import type { Call } from "./command.ts";
import { dataIn, messagesOf } from "./sent-events.ts";

export interface EventWish {
  /** Begins after this sequence; without it, with what happens from now on. */
  readonly after?: number | undefined;
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
  readonly severity?: string | undefined;
}

export type StreamItem =
  | { readonly kind: "event"; readonly event: AnyEvent }
  /** History is over up to this sequence, and what happens from here on will be told. Said anew after a cut. */
  | { readonly kind: "live"; readonly sequence: number };

/** How often, and after how long, a stream that was cut is opened again: an engine that starts anew needs a while. */
const TRIES = 20;
const PAUSE_MS = 500;

/**
 * Follows events until the caller stops reading or `signal` aborts. A cut line is taken up again where it was cut,
 * wherever the engine is by then. Rejects with `engine.unreachable` when no engine comes back.
 */
export async function* followEvents(
  call: Pick<Call, "given" | "env" | "cwd">,
  wish: EventWish,
  signal: AbortSignal = never,
): AsyncGenerator<StreamItem> {
  let after = wish.after;
  // What never began is not waited for.
  let left = 0;
  for (;;) {
    try {
      for await (const item of readOnce(call, { ...wish, after }, signal)) {
        left = TRIES;
        after = item.kind === "event" ? item.event.sequence : item.sequence;
        yield item;
      }
    } catch (failure) {
      if (signal.aborted) return;
      if (!(failure instanceof AiosError) || failure.code !== "engine.unreachable" || left <= 0) throw failure;
    }
    left--;
    await pause(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

const never = new AbortController().signal;

async function* readOnce(
  call: Pick<Call, "given" | "env" | "cwd">,
  wish: EventWish,
  signal: AbortSignal,
): AsyncGenerator<StreamItem> {
  const { open, url } = await connect(call);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wish)) if (value !== undefined) query.set(name, String(value));
  const path = `/api/v1/events/stream?${query.toString()}`;
  const response = await open(path, { headers: { accept: "text/event-stream" }, signal });
  try {
    for await (const block of messagesOf(response.body)) {
      const item = itemOf(block);
      if (item !== undefined) yield item;
    }
  } catch (cause) {
    throw new AiosError("engine.unreachable", `The stream from ${url} broke off`, { cause });
  }
  throw new AiosError("engine.unreachable", `The engine at ${url} ended the stream`);
}

function itemOf(block: string): StreamItem | undefined {
  const live = /^: live after (\d+)$/.exec(block)?.[1];
  if (live !== undefined) return { kind: "live", sequence: Number(live) };
  if (!/^id: \d+$/m.test(block)) return undefined;
  const event = decode(dataIn(block) ?? "");
  return event === undefined ? undefined : { kind: "event", event };
}
