import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { z } from "zod";

const asked = z.object({ model: z.string(), input: z.array(z.string()), encoding_format: z.literal("float") });

export interface EmbeddingServer {
  /** As `memory.embedders.http.url` wants it. */
  readonly url: string;
  /** What was asked, request by request. */
  readonly requests: { readonly authorization: string | undefined; readonly input: readonly string[] }[];
}

/** What it answers instead of vectors; `undefined` for vectors. */
export type Trouble = (request: number) => { readonly status: number; readonly body: string } | "silence" | undefined;

/** A server that speaks OpenAI's embeddings over the vectors of a function, on a port of its own. */
export async function embeddingServer(
  vectorsOf: (texts: readonly string[]) => Promise<readonly Float32Array[]>,
  trouble: Trouble = () => undefined,
): Promise<EmbeddingServer> {
  const requests: EmbeddingServer["requests"] = [];
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { input } = asked.parse(JSON.parse(body));
    requests.push({ authorization: request.headers.authorization, input });
    const wrong = request.url === "/v1/embeddings" ? trouble(requests.length) : { status: 404, body: "no such route" };
    if (wrong === "silence") return;
    if (wrong !== undefined) return void response.writeHead(wrong.status).end(wrong.body);
    // In another order than they were asked: the index says which is which.
    const data = (await vectorsOf(input)).map((vector, index) => ({ index, embedding: [...vector] })).reverse();
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }));
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
