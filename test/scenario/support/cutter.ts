import { connect, createServer, type Socket } from "node:net";
import type { Doors } from "./built-engine.ts";

/** A way to an engine that lets everything through but, once cut, WebSockets. */
export interface Cutter {
  readonly url: string;
  /** Ends the WebSockets that are open and refuses new ones. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function openCutter({ url }: Doors): Promise<Cutter> {
  const engine = new URL(url);
  const sockets = new Set<Socket>();
  const webSockets = new Set<Socket>();
  let isCut = false;

  const server = createServer((near) => {
    const far = connect(Number(engine.port), engine.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    // A browser opens a connection of its own for a WebSocket, so its first bytes tell.
    near.once("data", (first) => {
      if (/^upgrade: websocket/im.test(first.toString("latin1"))) webSockets.add(near);
      if (isCut && webSockets.has(near)) {
        near.destroy();
        return;
      }
      far.write(first);
      near.pipe(far);
      far.pipe(near);
    });
    near.on("close", () => webSockets.delete(near));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    cut() {
      isCut = true;
      for (const socket of webSockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
