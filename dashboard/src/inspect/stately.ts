import { createBrowserInspector, type StatelyInspectionEvent } from "@statelyai/inspect";
import type { InspectMessage } from "./machines.ts";
import { watchMachines } from "./socket.ts";

declare global {
  interface Window {
    /** Another receiver than Stately's, for trying this out. Heeded only on pages of this machine itself. */
    aiosInspectorUrl?: unknown;
  }
}

const STATELY = "https://stately.ai/inspect";
const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** The inspector's window takes a while to open; what happens meanwhile is kept for it. */
const KEPT = 20_000;

/** Where the inspector is: never from the address, which others can write. */
export function inspectorUrl(hostname: string, wanted: unknown): string {
  return LOOPBACK.has(hostname) && typeof wanted === "string" && wanted !== "" ? wanted : STATELY;
}

/** Opens the inspector in a window of its own and relays what the engine tells of its machines. Call from a click. */
export function openInspector(ids: readonly string[]): () => void {
  const inspector = createBrowserInspector({
    autoStart: false,
    url: inspectorUrl(location.hostname, window.aiosInspectorUrl),
    maxDeferredEvents: KEPT,
  });
  inspector.start();
  const stop = watchMachines((messages) => {
    for (const message of messages) if (isProtocol(message)) inspector.adapter.send(message);
  }, ids);
  return () => {
    stop();
    inspector.stop();
  };
}

/** The engine's messages are the protocol's own, but for what it says of its losses. */
function isProtocol(message: InspectMessage): message is InspectMessage & StatelyInspectionEvent {
  return message.type.startsWith("@xstate.");
}
