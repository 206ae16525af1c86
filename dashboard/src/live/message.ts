import type { EventView, Overview } from "../api.ts";

/** What `/ws` says. The socket is the engine's own, of the version that served this page. */
export type LiveMessage =
  | { readonly kind: "hello"; readonly version: string; readonly lastSequence: number }
  | { readonly kind: "event"; readonly event: EventView }
  | { readonly kind: "live"; readonly sequence: number }
  | { readonly kind: "state"; readonly state: "overview"; readonly value: Overview }
  | { readonly kind: "dropped"; readonly count: number }
  | { readonly kind: "pong" };

const kinds: ReadonlySet<unknown> = new Set(["hello", "event", "live", "state", "dropped", "pong"]);

/** The message in a text, or `undefined` for one of a kind that this page does not know. */
export function readMessage(text: string): LiveMessage | undefined {
  try {
    const message: unknown = JSON.parse(text);
    const known = typeof message === "object" && message !== null && "kind" in message && kinds.has(message.kind);
    return known ? (message as LiveMessage) : undefined;
  } catch {
    return undefined;
  }
}
