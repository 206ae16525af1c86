import { z } from "zod";
import { localServer } from "./local-server.ts";

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
  const url = await localServer(async ({ request, body }, response) => {
    const { input } = asked.parse(JSON.parse(body));
    requests.push({ authorization: request.headers.authorization, input });
    const wrong = request.url === "/v1/embeddings" ? trouble(requests.length) : { status: 404, body: "no such route" };
    if (wrong === "silence") return;
    if (wrong !== undefined) return void response.writeHead(wrong.status).end(wrong.body);
    // In another order than they were asked: the index says which is which.
    const data = (await vectorsOf(input)).map((vector, index) => ({ index, embedding: [...vector] })).reverse();
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }));
  });
  return { url: `${url}/v1`, requests };
}
