// The peer of the HTTP figures and of the cold start: Node's own server, and for each POST a line and an fdatasync.
import { open } from "node:fs/promises";
import { createServer } from "node:http";

const file = await open("naive.jsonl", "a");
let queue = Promise.resolve();

async function write(body) {
  await file.write(`${JSON.stringify(JSON.parse(body))}\n`);
  await file.datasync();
}

async function answer(request, response) {
  let body = "";
  for await (const chunk of request) body += chunk;
  if (request.method === "POST") {
    queue = queue.then(() => write(body));
    await queue;
  }
  response.writeHead(request.method === "POST" ? 202 : 200, { "content-type": "application/json" });
  response.end("{}");
}

const server = createServer((request, response) => void answer(request, response));
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })));
process.once("SIGTERM", () => {
  server.closeAllConnections();
  server.close();
});
