// An agent of the `http` kind: a small server that takes one task per POST.
//   node http-agent.mjs [PORT]            port 9100 unless told; 0 takes a free one
// Short work is answered at once with 200. Work with `{"seconds": 3}` is accepted with 202 and a `Location` to ask again;
// DELETE there cancels it. The first line it prints is `{"url": …}`.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

/** @type {Map<string, {doneAt: number, output: unknown}>} */
const jobs = new Map();

function reply(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

async function readJson(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

function shout(input) {
  return { shout: String(input.text ?? "").toUpperCase() };
}

async function accept(request, response) {
  const { input } = await readJson(request);
  if (input.seconds === undefined) return reply(response, 200, { type: "result", output: shout(input) });
  const id = randomUUID();
  jobs.set(id, { doneAt: Date.now() + input.seconds * 1_000, output: shout(input) });
  return reply(response, 202, undefined, { location: `/jobs/${id}` });
}

function ask(id, response) {
  const job = jobs.get(id);
  if (job === undefined) return reply(response, 404, { type: "error", message: "no such job" });
  if (Date.now() < job.doneAt) return reply(response, 202, { type: "progress" }, { location: `/jobs/${id}` });
  jobs.delete(id);
  return reply(response, 200, { type: "result", output: job.output });
}

async function answer(request, response) {
  const job = /^\/jobs\/([\w-]+)$/.exec(request.url ?? "")?.[1];
  try {
    if (request.method === "POST" && job === undefined) await accept(request, response);
    else if (request.method === "GET" && job !== undefined) ask(job, response);
    else if (request.method === "DELETE" && job !== undefined) reply(response, jobs.delete(job) ? 204 : 404);
    else reply(response, 405, { type: "error", message: `cannot ${request.method} ${request.url}` });
  } catch (thrown) {
    reply(response, 400, { type: "error", message: /** @type {Error} */ (thrown).message, retryable: false });
  }
}

const server = createServer((request, response) => void answer(request, response));
server.listen(Number(process.argv[2] ?? 9_100), "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/` }));
});
