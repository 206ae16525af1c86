import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { AiosError } from "../kernel/errors.ts";

export interface InspectionRelayOptions {
  /** Of the machine itself alone: it listens on 127.0.0.1. 0 takes any free port. */
  readonly port: number;
  /** The engine's inspection socket. */
  readonly upstream: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Pages that may listen besides those of this machine, as origins: `https://example.org`. */
  readonly origins: readonly string[];
  readonly note: (text: string) => void;
}

export interface InspectionRelay {
  readonly url: string;
  close(): Promise<void>;
}

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
const AGAIN_MS = 1_000;
/** What may wait for one slow listener, in bytes, before it is let go. */
const WAITING_BYTES = 16 * 1024 * 1024;
const GOING_AWAY = 1001;
const TOO_SLOW = 1013;

/**
 * A WebSocket on this machine that needs no token, for receivers that know none: each client is told what the engine's
 * inspection socket says, beginning with the definitions, and is never listened to. A page may connect when it is of
 * this machine or named in `origins`, and only under a name of this machine: what is redacted is still nobody else's.
 */
export async function openInspectionRelay(options: InspectionRelayOptions): Promise<InspectionRelay> {
  const server = createServer((_, response) => {
    response.writeHead(426, { "content-type": "text/plain" }).end("This is a WebSocket of `aios inspect`.\n");
  });
  const sockets = new WebSocketServer({
    server,
    maxPayload: 1024,
    verifyClient: ({ req }: { readonly req: IncomingMessage }) =>
      isWelcome(req.headers.origin, req.headers.host, options.origins),
  });
  sockets.on("connection", (client) => attach(client, options));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (failure: NodeJS.ErrnoException) => {
      const where = `127.0.0.1:${options.port}`;
      if (failure.code === "EADDRINUSE")
        reject(new AiosError("http.port_in_use", `Something listens on ${where} already`, { cause: failure }));
      else reject(new AiosError("config.invalid", `Cannot listen on ${where}: ${failure.message}`, { cause: failure }));
    });
    server.listen({ host: "127.0.0.1", port: options.port }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.close(GOING_AWAY, "the relay ends");
        sockets.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function isWelcome(origin: string | undefined, host: string | undefined, allowed: readonly string[]): boolean {
  if (!isLoopback(`http://${host ?? ""}`)) return false;
  return origin === undefined || isLoopback(origin) || allowed.includes(origin);
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && LOOPBACK.has(new URL(url).hostname);
}

/** Follows the engine for one client, over its restarts: each time it begins with what runs. */
function attach(client: WebSocket, { upstream, headers, note }: InspectionRelayOptions): void {
  let engine: WebSocket | undefined;
  let timer: NodeJS.Timeout | undefined;
  const open = () => {
    engine = new WebSocket(upstream, { headers });
    engine.on("message", (data, isBinary) => {
      if (isBinary || !Buffer.isBuffer(data)) return;
      const text = data.toString("utf8");
      if (!text.startsWith('{"type":"@xstate.')) note(`the engine says ${text}`);
      else if (client.bufferedAmount > WAITING_BYTES) client.close(TOO_SLOW, "too slow");
      else client.send(text);
    });
    engine.on("error", (failure) => note(`the engine's inspection cannot be followed: ${failure.message}`));
    engine.on("close", () => {
      if (client.readyState === WebSocket.OPEN) timer = setTimeout(open, AGAIN_MS);
    });
  };
  client.on("error", () => client.terminate());
  client.on("close", () => {
    clearTimeout(timer);
    engine?.terminate();
  });
  open();
}
