import { once } from "node:events";
import net from "node:net";

/** As much of the protocol of NATS as asking and being answered takes; one connection. */
export interface NatsClient extends AsyncDisposable {
  /** Sends `text` to a subject and resolves with the answer's text. Rejects when the connection is lost before. */
  ask(subject: string, text: string): Promise<string>;
}

interface Asked {
  readonly resolve: (answer: string) => void;
  readonly reject: (failure: Error) => void;
}

const END = Buffer.from("\r\n");
const INBOX = "_INBOX.bench";

export async function connectNats(port: number): Promise<NatsClient> {
  const socket = net.connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  const waiting = new Map<string, Asked>();
  let asked = 0;
  let unread: Buffer = Buffer.alloc(0);
  const lose = (failure: Error) => {
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  socket.on("error", lose);
  socket.on("close", () => lose(new Error("nats-server closed the connection")));
  socket.on("data", (piece: Buffer) => {
    unread = unread.length === 0 ? piece : Buffer.concat([unread, piece]);
    let from = 0;
    for (let read = take(from); read !== undefined; read = take(from)) from = read;
    unread = unread.subarray(from);
  });
  socket.write(`CONNECT ${JSON.stringify({ verbose: false, pedantic: false, lang: "node", version: "0" })}\r\n`);
  socket.write(`SUB ${INBOX}.* 1\r\n`);

  /** Reads one message that stands whole from there on; answers where the next one begins. */
  function take(from: number): number | undefined {
    const end = unread.indexOf(END, from);
    if (end < 0) return undefined;
    const [word = "", ...words] = unread.toString("utf8", from, end).split(" ");
    const after = end + END.length;
    if (word === "PING") socket.write("PONG\r\n");
    if (word === "-ERR") lose(new Error(`nats-server: ${words.join(" ")}`));
    if (word !== "MSG") return after;
    const bytes = Number(words.at(-1));
    if (unread.length < after + bytes + END.length) return undefined;
    answered(words[0] ?? "", unread.toString("utf8", after, after + bytes));
    return after + bytes + END.length;
  }

  function answered(inbox: string, text: string): void {
    waiting.get(inbox)?.resolve(text);
    waiting.delete(inbox);
  }

  return {
    ask: (subject, text) =>
      new Promise((resolve, reject) => {
        const inbox = `${INBOX}.${asked++}`;
        waiting.set(inbox, { resolve, reject });
        socket.write(`PUB ${subject} ${inbox} ${Buffer.byteLength(text)}\r\n${text}\r\n`);
      }),
    async [Symbol.asyncDispose]() {
      socket.end();
      if (!socket.closed) await once(socket, "close");
    },
  };
}
