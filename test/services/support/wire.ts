import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between a client and a server, and keeps what the client sends. */
export interface Wire extends AsyncDisposable {
  /** Where the client reaches the server through this. */
  readonly url: string;
  /** Everything that was sent so far, one connection after the other, a character a byte. */
  sent(): string;
  forget(): void;
}

export async function wireTo(server: string): Promise<Wire> {
  const { hostname, port, protocol } = new URL(server);
  const heard = new Map<Socket, Buffer[]>();
  const sockets = new Set<Socket>();
  const relay = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => sockets.delete(from));
    }
    client.on("data", (chunk: Buffer) => heard.set(client, [...(heard.get(client) ?? []), chunk]));
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  return {
    url: `${protocol}//127.0.0.1:${String((relay.address() as AddressInfo).port)}`,
    sent: () => [...heard.values()].map((chunks) => Buffer.concat(chunks).toString("latin1")).join(""),
    forget: () => heard.clear(),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      relay.close();
      await once(relay, "close");
    },
  };
}
