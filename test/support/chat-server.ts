import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { z } from "zod";

const asked = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(["system", "user"]), content: z.string() })),
});

export interface ChatServer {
  /** As `lessons.writer.url` wants it. */
  readonly url: string;
  readonly requests: (z.infer<typeof asked> & { readonly authorization: string | undefined })[];
}

/** What it answers: a text, as a chat does; a whole response; or nothing ever. */
export type Answer = string | { readonly status?: number; readonly body: string } | typeof silence;

export const silence = Symbol("silence");

/** A server that speaks OpenAI's chat, on a port of its own. */
export async function chatServer(say: Answer): Promise<ChatServer> {
  const requests: ChatServer["requests"] = [];
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    requests.push({ ...asked.parse(JSON.parse(body)), authorization: request.headers.authorization });
    if (request.url !== "/v1/chat/completions") return void response.writeHead(404).end();
    if (say === silence) return;
    const chat = () => JSON.stringify({ choices: [{ index: 0, message: { role: "assistant", content: say } }] });
    const { status = 200, body: given } = typeof say === "string" ? { body: chat() } : say;
    response.writeHead(status, { "content-type": "application/json" }).end(given);
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${String(address.port)}/v1`, requests };
}
