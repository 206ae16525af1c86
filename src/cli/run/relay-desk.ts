import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { frameOf, framesIn, jsonFrame, type Surroundings } from "./frames.ts";
import type { AttemptOutput, Output } from "./output.ts";

export interface RelayDeskOptions {
  /** A directory that only this user may look into; the socket is made in it. */
  readonly directory: string;
  readonly environment: Surroundings["environment"];
  /** What every attempt reads; nothing when `undefined`. */
  readonly input: Uint8Array | undefined;
  readonly output: Output;
  /** Told when the output cannot be handed on: its reader is gone. */
  readonly refused: (failure: unknown) => void;
}

/** Takes the calls of relays, one for each attempt. */
export interface RelayDesk extends AsyncDisposable {
  /** The address a relay calls. */
  readonly address: string;
  /** Whether any relay has called. */
  readonly wasCalled: () => boolean;
  /** Resolves when every relay that called has hung up. */
  readonly quiet: () => Promise<void>;
}

const PIECE_BYTES = 65_536;

export async function openRelayDesk(options: RelayDeskOptions): Promise<RelayDesk> {
  const address = addressIn(options.directory);
  const calls = new Set<Promise<void>>();
  const sockets = new Set<Socket>();
  let called = false;
  const take = async (socket: Socket): Promise<void> => {
    socket.on("error", () => {});
    void greet(socket, options);
    let attempt: AttemptOutput | undefined;
    for await (const frame of framesIn(socket)) {
      if (frame.kind === "begun") {
        called = true;
        attempt = options.output.attempt();
      }
      if (frame.kind === "stdout") await attempt?.stdout(frame.payload).catch(options.refused);
      if (frame.kind === "stderr") await attempt?.stderr(frame.payload).catch(options.refused);
    }
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    const call = take(socket)
      // A call that breaks off is over; what became of the program is for the engine to say.
      .catch(() => undefined)
      .finally(() => {
        socket.destroy();
        sockets.delete(socket);
        calls.delete(call);
      });
    calls.add(call);
  });
  server.listen(address);
  await once(server, "listening");
  return {
    address,
    wasCalled: () => called,
    quiet: async () => {
      await Promise.all(calls);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await closed(server);
    },
  };
}

function addressIn(directory: string): string {
  if (process.platform === "win32") return `\\\\.\\pipe\\${path.basename(directory)}`;
  return path.join(directory, "relay");
}

/** A relay that is not interested in its caller any more says nothing that matters. */
async function greet(socket: Socket, { environment, input }: RelayDeskOptions): Promise<void> {
  const surroundings: Surroundings = { environment, hasInput: input !== undefined };
  socket.write(jsonFrame("environment", surroundings));
  if (input === undefined) return;
  for (let at = 0; at < input.length && !socket.destroyed; at += PIECE_BYTES) {
    const room = socket.write(frameOf("input", input.subarray(at, at + PIECE_BYTES)));
    if (!room) await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => {});
  }
  socket.write(frameOf("input_end"));
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
