import { createServer, type ServerResponse } from "node:http";

/** The server that every job asks for its pages. */
export interface Upstream extends AsyncDisposable {
  readonly url: string;
  /** From now on this job's requests must be apart. */
  readonly throttle: (jobId: string) => void;
  /** From now on this job's answers take long. */
  readonly slow: (jobId: string) => void;
}

/** Closer together than this, requests are too many. */
const APART_MS = 350;
const SLOW_MS = 500;

/** Answers `GET /JOB/PAGE`. Throttled and slow jobs stay so: only who asks differently is served. */
export async function startUpstream(): Promise<Upstream> {
  const throttled = new Map<string, number>();
  const slow = new Set<string>();
  const server = createServer((request, response) => {
    const [, id = "", page = ""] = (request.url ?? "").split("/");
    const last = throttled.get(id);
    const now = performance.now();
    if (last !== undefined) throttled.set(id, now);
    if (last !== undefined && now - last < APART_MS) {
      response.writeHead(429, "Too Many Requests", { "retry-after": "1" });
      response.end(`ask again after ${APART_MS} ms`);
      return;
    }
    const answer = () => answered(response, id, page);
    if (slow.has(id)) setTimeout(answer, SLOW_MS);
    else answer();
  });
  const url = await new Promise<string>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const at = server.address();
      resolve(`http://127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}`);
    });
  });
  return {
    url,
    throttle: (jobId) => void throttled.set(jobId, Number.NEGATIVE_INFINITY),
    slow: (jobId) => void slow.add(jobId),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answered(response: ServerResponse, id: string, page: string): void {
  response.writeHead(200, { "content-type": "text/plain" });
  response.end(`page ${page} of ${id}`);
}
