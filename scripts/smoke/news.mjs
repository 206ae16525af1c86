import WebSocket from "ws";
import { follow } from "../../examples/demo/stream.mjs";

/** Events that arrived one way, and a wait for one of them. */
function createInbox() {
  const events = [];
  const looks = new Set();
  return {
    take: (event) => {
      events.push(event);
      for (const look of looks) look();
    },
    /** @param {(event: any) => boolean} wanted */
    until: (wanted) =>
      new Promise((resolve) => {
        const look = () => {
          const found = events.find(wanted);
          if (found === undefined) return;
          looks.delete(look);
          resolve(found);
        };
        looks.add(look);
        look();
      }),
  };
}

/** Follows the engine's events by Server-Sent Events until `signal` aborts. */
export function followStream({ url, token }, signal) {
  const inbox = createInbox();
  void follow({ url, token, signal, onEvent: inbox.take });
  return inbox;
}

/** The same over the WebSocket. */
export function followSocket({ url, token }, signal) {
  const inbox = createInbox();
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/ws?after=0`, {
    headers: { authorization: `Bearer ${token}` },
  });
  socket.on("message", (data) => {
    const message = JSON.parse(String(/** @type {Buffer} */ (data)));
    if (message.kind === "event") inbox.take(message.event);
  });
  // A refusal leaves the inbox empty; the wait for an event then runs into the limit and names what it waited for.
  socket.on("error", () => undefined);
  signal.addEventListener("abort", () => socket.terminate());
  return inbox;
}
