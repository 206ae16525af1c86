// The upstream that the demo's caller asks: a small HTTP service in a process of its own.
//   node upstream.mjs          works in its current directory, prints {"port": …} as its first line
// It answers every path until a file `broken` stands in its directory; then it answers 503 to everything.
// Each request is written to `requests.jsonl` before it is answered. It ends when its stdin does.
import { appendFileSync, existsSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer((request, response) => {
  const status = existsSync("broken") ? 503 : 200;
  const { pathname } = new URL(request.url ?? "/", "http://upstream");
  const line = { at: new Date().toISOString(), method: request.method, path: pathname, status };
  appendFileSync("requests.jsonl", `${JSON.stringify({ ...line, agent: request.headers["user-agent"] ?? null })}\n`);
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(status === 200 ? { answer: "42" } : { error: "out of order" }));
});

server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
