import { waitBeforeTry } from "../live/wait.ts";
import type { InspectMessage } from "./machines.ts";

const GATHER_MS = 100;

/** Messages of `/ws/inspect`, gathered for a tenth of a second. After a loss it is opened again: it begins with what runs. */
export function watchMachines(
  tell: (messages: readonly InspectMessage[]) => void,
  ids: readonly string[] = [],
): () => void {
  let socket: WebSocket | undefined;
  let waiting: InspectMessage[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let over = false;
  const flush = () => {
    timer = undefined;
    const messages = waiting;
    waiting = [];
    tell(messages);
  };
  const open = () => {
    if (over) return;
    const query = ids.length === 0 ? "" : `?actors=${encodeURIComponent(ids.join(","))}`;
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/inspect${query}`);
    socket.onmessage = ({ data }) => {
      attempt = 0;
      const message = typeof data === "string" ? readInspect(data) : undefined;
      if (message === undefined) return;
      waiting.push(message);
      timer ??= setTimeout(flush, GATHER_MS);
    };
    socket.onclose = () => {
      if (!over) setTimeout(open, waitBeforeTry(attempt++, Math.random()));
    };
  };
  open();
  return () => {
    over = true;
    clearTimeout(timer);
    socket?.close();
  };
}

function readInspect(text: string): InspectMessage | undefined {
  try {
    const message: unknown = JSON.parse(text);
    const typed = typeof message === "object" && message !== null && "type" in message;
    return typed && typeof message.type === "string" ? (message as InspectMessage) : undefined;
  } catch {
    return undefined;
  }
}
