import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { type WebSocket, WebSocketServer } from "ws";
import type { Doors } from "../http/app.ts";
import type { Socket } from "../http/sockets.ts";
import { AiosError } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";

export interface ListenOptions {
  readonly doors: Pick<Doors, "fetch" | "closeStreams">;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly log: Log;
  /** What listening beyond this machine asks for. */
  readonly allowedHosts: readonly string[];
  readonly hasToken: boolean;
}

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Takes no new connection, ends streams and sockets, lets requests finish for `graceMs` (5 s unless told). */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

const GRACE_MS = 5_000;
const KEEP_ALIVE_MS = 5_000;
const PING_MS = 30_000;
/** Clients say little: wishes come in the address. */
const MESSAGE_BYTES = 65_536;

/**
 * Opens the doors on a port. Rejects with `http.port_in_use` when somebody else listens there, and with
 * `config.unsafe_bind` for anything but loopback without a token made on purpose and allowed hosts.
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  refuseUnsafeBind(options);
  const { doors, host, port, log } = options;
  const answer = getRequestListener((request) => doors.fetch(readable(request), {}), { overrideGlobalObjects: false });
  const unused = new Set<Duplex>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, outgoing) => {
    unused.delete(incoming.socket);
    // Once the server closes, a connection that has had its answer is of no further use.
    outgoing.once("close", () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
    void answer(incoming, outgoing);
  });
  server.on("connection", (socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES, perMessageDeflate: false });
  server.on("upgrade", (incoming, socket, head) => {
    unused.delete(socket);
    socket.on("error", () => socket.destroy());
    void upgrade(doors, sockets, incoming, socket, head).catch((failure: unknown) => {
      log.warn("a WebSocket could not be opened", { failure });
      socket.destroy();
    });
  });
  await bind(server, host, port);
  const beat = keepAlive(sockets);
  const bound = boundPort(server);
  return {
    port: bound,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    close: ({ graceMs = GRACE_MS } = {}) => {
      clearInterval(beat);
      const closed = shut(server, sockets, doors, graceMs);
      // Node counts as idle only what has asked before; browsers and HTTP clients open connections ahead of need.
      for (const socket of unused) socket.destroy();
      return closed;
    },
  };
}

function refuseUnsafeBind({ host, hasToken, allowedHosts }: ListenOptions): void {
  const loopback = host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
  if (loopback || (hasToken && allowedHosts.length > 0)) return;
  throw new AiosError("config.unsafe_bind", `Listening on ${host || "every address"} is refused`, {
    faults: [
      ...(hasToken ? [] : [{ path: "AIOS_TOKEN", message: "is not set, and no token was made on purpose" }]),
      ...(allowedHosts.length > 0 ? [] : [{ path: "http.allowedHosts", message: "names no host" }]),
    ],
  });
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (failure: NodeJS.ErrnoException) => reject(bindFailure(failure, host, port));
    server.once("error", failed);
    server.listen({ host, port }, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

function bindFailure(failure: NodeJS.ErrnoException, host: string, port: number): AiosError {
  if (failure.code === "EADDRINUSE")
    return new AiosError("http.port_in_use", `Something listens on ${host}:${port} already`, { cause: failure });
  const path = failure.code === "EACCES" ? "http.port" : "http.host";
  return new AiosError("config.invalid", `Cannot listen on ${host}:${port}: ${failure.message}`, {
    cause: failure,
    faults: [{ path, message: failure.message }],
  });
}

function boundPort(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new AiosError("internal", "The server has no port");
  return address.port;
}

/** The same doors decide about a socket as about a request: a refusal is answered, nothing is opened. */
async function upgrade(
  doors: Pick<Doors, "fetch">,
  sockets: WebSocketServer,
  incoming: IncomingMessage,
  raw: Duplex,
  head: Buffer,
): Promise<void> {
  let run: ((socket: Socket) => void) | undefined;
  const request = requestOf(incoming);
  if (request === undefined) return refuse(raw, new Response("not a request that can be read", { status: 400 }));
  const answer = await doors.fetch(request, {
    accept: (accepted) => {
      run = accepted;
    },
  });
  const accepted = run;
  if (accepted === undefined || !answer.ok) return refuse(raw, answer);
  sockets.handleUpgrade(incoming, raw, head, (socket) => accepted(socketOf(socket)));
}

/**
 * The listener's own requests are look-alikes that `new Request` does not take. Whoever counts a body of unknown length
 * makes a new request of it, so such a one gets a real request.
 */
function readable(request: Request): Request {
  const { method, url, headers } = request;
  if (method === "GET" || method === "HEAD" || headers.has("content-length")) return request;
  return new Request(url, { method, headers, body: request.body, duplex: "half" });
}

function requestOf(incoming: IncomingMessage): Request | undefined {
  const address = `http://${incoming.headers.host ?? ""}${incoming.url ?? "/"}`;
  if (incoming.headers.host === undefined || incoming.url?.startsWith("/") !== true || !URL.canParse(address))
    return undefined;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  return new Request(address, { headers });
}

async function refuse(raw: Duplex, answer: Response): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer());
  const status = answer.ok ? 400 : answer.status;
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  raw.write(`HTTP/1.1 ${status} Refused\r\n${headers}content-length: ${body.length}\r\nconnection: close\r\n\r\n`);
  raw.end(body);
}

const NORMAL = 1000;

function socketOf(socket: WebSocket): Socket {
  socket.on("error", () => socket.terminate());
  return {
    send: (text) =>
      new Promise((resolve, reject) => {
        socket.send(text, (failure) => (failure === undefined || failure === null ? resolve() : reject(failure)));
      }),
    close: (code, reason) => {
      if (socket.readyState === socket.OPEN) socket.close(code || NORMAL, reason);
    },
    onMessage: (handle) => {
      socket.on("message", (data, isBinary) => {
        if (!isBinary && Buffer.isBuffer(data)) handle(data.toString("utf8"));
      });
    },
    onClose: (handle) => {
      if (socket.readyState === socket.CLOSED) handle();
      else socket.once("close", handle);
    },
  };
}

/** A peer that answered no ping since the last one is gone, whatever its connection says. */
function keepAlive(sockets: WebSocketServer): NodeJS.Timeout {
  const heard = new WeakSet<WebSocket>();
  return setInterval(() => {
    for (const socket of sockets.clients) {
      if (socket.listenerCount("pong") === 0) socket.on("pong", () => heard.add(socket));
      else if (!heard.has(socket)) {
        socket.terminate();
        continue;
      }
      heard.delete(socket);
      socket.ping();
    }
  }, PING_MS).unref();
}

function shut(
  server: Server,
  sockets: WebSocketServer,
  doors: Pick<Doors, "closeStreams">,
  graceMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
    }, graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    doors.closeStreams();
    sockets.close();
    server.closeIdleConnections();
  });
}
