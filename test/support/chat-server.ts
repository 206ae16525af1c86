import { z } from "zod";
import { localServer } from "./local-server.ts";

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
  const url = await localServer(({ request, body }, response) => {
    requests.push({ ...asked.parse(JSON.parse(body)), authorization: request.headers.authorization });
    if (request.url !== "/v1/chat/completions") return void response.writeHead(404).end();
    if (say === silence) return;
    const chat = () => JSON.stringify({ choices: [{ index: 0, message: { role: "assistant", content: say } }] });
    const { status = 200, body: given } = typeof say === "string" ? { body: chat() } : say;
    response.writeHead(status, { "content-type": "application/json" }).end(given);
  });
  return { url: `${url}/v1`, requests };
}
