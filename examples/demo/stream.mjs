/*
 * The engine's live events over Server-Sent Events. After a break the stream is asked for again from the last sequence
 * that arrived, so nothing is missed and nothing comes twice.
 */

/** Cuts a text stream into SSE messages. Lines end in \n, \r\n or \r; `data` lines of one message are joined. */
export function createParser(onMessage) {
  let rest = "";
  let message = { id: undefined, event: undefined, data: [] };

  function line(text) {
    if (text === "") {
      if (message.data.length > 0) onMessage({ ...message, data: message.data.join("\n") });
      message = { id: undefined, event: undefined, data: [] };
      return;
    }
    const colon = text.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "data") message.data.push(value);
    else if (field === "id") message.id = value;
    else if (field === "event") message.event = value;
  }

  return (chunk) => {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const text of lines) line(text);
  };
}

const RETRY_MS = 250;

/**
 * Follows the journal from its beginning until `signal` aborts.
 * @param {{url: string, token: string, signal: AbortSignal, onEvent: (event: any) => void, onBreak?: (reason: string) => void}} options
 */
export async function follow({ url, token, signal, onEvent, onBreak }) {
  let last = 0;
  const heard = ({ data }) => {
    const event = JSON.parse(data);
    if (typeof event.sequence !== "number" || event.sequence <= last) return;
    last = event.sequence;
    onEvent(event);
  };
  while (!signal.aborted) {
    try {
      const response = await fetch(`${url}/api/v1/events/stream`, {
        headers: { authorization: `Bearer ${token}`, accept: "text/event-stream", "last-event-id": String(last) },
        signal,
      });
      if (!response.ok || response.body === null) throw new Error(`the stream answered ${response.status}`);
      // A message cut in half by a break is dropped with its parser and comes again whole.
      const take = createParser(heard);
      const decoder = new TextDecoder();
      for await (const chunk of response.body) take(decoder.decode(chunk, { stream: true }));
    } catch (thrown) {
      if (!signal.aborted) onBreak?.(/** @type {Error} */ (thrown).message);
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
