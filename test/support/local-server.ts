import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

/** A request with its whole body. */
export interface Heard {
  readonly request: IncomingMessage;
  readonly body: string;
}

/** Listens on a port of its own until the test is over; answers with where. */
export async function localServer(answer: (heard: Heard, response: ServerResponse) => unknown): Promise<string> {
  const server = createServer((request, response) => void hear(request, response));

  async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    // A character may lie in two pieces.
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    await answer({ request, body }, response);
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${String(address.port)}`;
}
