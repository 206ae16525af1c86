import { Agent, request } from "node:http";
import { TOKEN } from "./started.ts";

export interface HttpClient extends Disposable {
  /** Resolves when the whole answer is there; rejects unless it is 202. */
  post(body: string): Promise<void>;
}

/** Keeps as many connections open as there are callers. */
export function openClient(url: string, connections: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { "content-type": "application/json", authorization: `Bearer ${TOKEN}` };
  return {
    post: (body) =>
      new Promise((resolve, reject) => {
        const asked = request(url, { agent, method: "POST", headers: { ...headers, "content-length": body.length } });
        asked.on("error", reject);
        asked.once("response", (answer) => {
          answer.resume();
          answer.on("error", reject);
          answer.once("end", () => {
            if (answer.statusCode === 202) resolve();
            else reject(new Error(`${url} answered ${answer.statusCode}`));
          });
        });
        asked.end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}
