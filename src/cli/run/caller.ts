import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Writable } from "node:stream";
import { type Frame, frameOf, framesIn, jsonOf, type RelayInput, type Surroundings } from "./frames.ts";

/** The relay's side of the socket: whoever ran `aios run`. Losing it is no failure of the program. */
export interface Caller extends Surroundings {
  /** Resolves when more may be sent; at once when the caller is gone. */
  send(frame: Uint8Array): Promise<void>;
  /** Hangs up; resolves when all that was sent has left. */
  finish(): Promise<void>;
  /** Copies the caller's input into the program. */
  feed(stdin: Writable): Promise<void>;
}

/** Calls back whoever the task names; `undefined` when it names nobody, or nobody answers. */
export async function callBack(task: string): Promise<Caller | undefined> {
  const path = callerIn(task);
  if (path === undefined) return undefined;
  const socket = connect(path);
  // Every write may find the caller gone; the socket closes, and that is all there is to know.
  socket.on("error", () => {});
  const frames = framesIn(socket);
  try {
    await once(socket, "connect");
    const first = await frames.next();
    if (first.done === true || first.value.kind !== "environment") return undefined;
    socket.write(frameOf("begun"));
    return callerOf(socket, frames, jsonOf(first.value) as Surroundings);
  } catch {
    return undefined;
  }
}

function callerIn(task: string): string | undefined {
  try {
    const { input } = JSON.parse(task) as { readonly input?: Partial<RelayInput> };
    return typeof input?.caller === "string" ? input.caller : undefined;
  } catch {
    return undefined;
  }
}

function callerOf(socket: Socket, frames: AsyncIterator<Frame, void>, surroundings: Surroundings): Caller {
  return {
    ...surroundings,
    async send(frame) {
      if (socket.destroyed || socket.write(frame)) return;
      const over = new AbortController();
      const { signal } = over;
      await Promise.race([once(socket, "drain", { signal }), once(socket, "close", { signal })]).catch(() => {});
      over.abort();
    },
    async finish() {
      if (socket.destroyed) return;
      await new Promise<void>((resolve) => {
        socket.once("close", () => resolve());
        socket.end(() => resolve());
      });
    },
    async feed(stdin) {
      stdin.on("error", () => {});
      try {
        for (let next = await frames.next(); next.done !== true; next = await frames.next()) {
          if (next.value.kind !== "input") break;
          if (!stdin.write(next.value.payload)) await once(stdin, "drain");
        }
      } catch {
        // The program reads no more, or the caller is gone: either way there is no more input.
      }
      stdin.end();
    },
  };
}
