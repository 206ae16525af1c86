import { createServer, type RequestListener } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { nodeWeb } from "../../../src/platform/web.ts";

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  return `http://127.0.0.1:${address.port}`;
}

describe("node web", () => {
  it("hands back any status with its headers and body", async () => {
    const url = await served((request, response) => {
      response.writeHead(418, { "X-Method": request.method ?? "" }).end("short and stout");
    });
    const answer = await nodeWeb.request({ method: "PUT", url, body: "{}", timeoutMs: 5_000 });
    expect(answer).toMatchObject({ status: 418, body: "short and stout" });
    expect(answer.headers["x-method"]).toBe("PUT");
  });

  it("rejects with network.timeout when the body stops half way", async () => {
    const url = await served((_request, response) => {
      response.writeHead(200).write("half");
    });
    await expect(nodeWeb.request({ method: "GET", url, timeoutMs: 100 })).rejects.toMatchObject({
      code: "network.timeout",
    });
  });

  it("names the address and the cause when nobody listens, without the query", async () => {
    const probe = createServer();
    const url = await new Promise<string>((resolve) => {
      probe.listen(0, "127.0.0.1", () => {
        const address = probe.address();
        const port = address !== null && typeof address === "object" ? address.port : 0;
        probe.close(() => resolve(`http://127.0.0.1:${port}`));
      });
    });
    const failure = nodeWeb.request({ method: "GET", url: `${url}/x?key=hunter2`, timeoutMs: 5_000 });
    await expect(failure).rejects.toMatchObject({ code: "network.unreachable" });
    await expect(failure).rejects.toThrow(/GET http:\/\/127\.0\.0\.1:\d+\/x: .*ECONNREFUSED/);
    await expect(failure).rejects.not.toThrow(/hunter2/);
  });

  it("stops when its signal aborts", async () => {
    const stop = new AbortController();
    const url = await served(() => stop.abort());
    await expect(nodeWeb.request({ method: "GET", url, timeoutMs: 60_000, signal: stop.signal })).rejects.toMatchObject(
      { code: "network.unreachable" },
    );
  });

  it("cuts the answer after maxBytes, also when it would never end", async () => {
    const url = await served((_request, response) => {
      response.on("error", () => {});
      const pour = () => {
        while (response.write("x".repeat(1_024))) if (response.destroyed) return;
        response.once("drain", pour);
      };
      pour();
    });
    const answer = await nodeWeb.request({ method: "GET", url, timeoutMs: 5_000, maxBytes: 10_000 });
    expect(answer.body.length).toBe(10_000);
  });

  it("follows a redirect within the origin and hands back one that leads elsewhere", async () => {
    const elsewhere: string[] = [];
    const other = await served((request, response) => {
      elsewhere.push(request.url ?? "");
      response.end();
    });
    const url = await served((request, response) => {
      if (request.url === "/here") response.writeHead(302, { Location: "/there" }).end();
      else if (request.url === "/away") response.writeHead(302, { Location: `${other}/loot` }).end();
      else response.end("arrived");
    });
    const near = await nodeWeb.request({ method: "GET", url: `${url}/here`, timeoutMs: 5_000 });
    const far = await nodeWeb.request({ method: "GET", url: `${url}/away`, timeoutMs: 5_000 });
    expect(near).toMatchObject({ status: 200, body: "arrived" });
    expect(far.status).toBe(302);
    expect(elsewhere).toEqual([]);
  });

  it("ends with the redirect itself when they go in a circle", async () => {
    const url = await served((_request, response) => {
      response.writeHead(302, { Location: "/again" }).end();
    });
    expect((await nodeWeb.request({ method: "GET", url, timeoutMs: 5_000 })).status).toBe(302);
  });

  it.each(["file:///etc/passwd", "not an address"])("refuses %s", async (url) => {
    await expect(nodeWeb.request({ method: "GET", url, timeoutMs: 1_000 })).rejects.toMatchObject({
      code: "network.unreachable",
    });
  });
});
