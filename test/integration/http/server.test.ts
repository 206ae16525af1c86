import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { Pages } from "../../../src/http/deps.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { type Listening, type ListenOptions, listen } from "../../../src/platform/http-server.ts";
import { type TestDoors, testDoors } from "../../support/http-deps.ts";

interface Running extends TestDoors {
  readonly server: Listening;
}

async function running(options: Partial<ListenOptions> & { readonly pages?: Pages } = {}): Promise<Running> {
  const { pages, ...how } = options;
  const doors = await testDoors(pages === undefined ? {} : { pages });
  const server = await listen({
    doors,
    host: "127.0.0.1",
    port: 0,
    log: silentLog,
    allowedHosts: [],
    hasToken: false,
    ...how,
  });
  onTestFinished(() => server.close({ graceMs: 100 }));
  return { ...doors, server };
}

const bearer = (doors: TestDoors) => ({ authorization: `Bearer ${doors.tokens.operator}` });

async function publish(doors: TestDoors, count: number, data: Record<string, unknown> = {}): Promise<void> {
  for (let n = 0; n < count; n++) await doors.bus.publish({ type: "build.finished", data });
}

/** Reads server-sent events until `count` of them have an id, then hangs up. */
async function readStream(doors: Running, headers: Record<string, string>, count: number): Promise<number[]> {
  const hangUp = new AbortController();
  const response = await fetch(`${doors.server.url}/api/v1/events/stream`, {
    headers: { ...bearer(doors), ...headers },
    signal: hangUp.signal,
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const ids: number[] = [];
  let rest = "";
  for await (const chunk of response.body ?? []) {
    rest += new TextDecoder().decode(chunk as Uint8Array);
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const id = /^id: (\d+)$/m.exec(block)?.[1];
      if (id !== undefined) ids.push(Number(id));
    }
    if (ids.length >= count) break;
  }
  hangUp.abort();
  return ids;
}

interface Message {
  readonly kind?: string;
  readonly type?: string;
  readonly sequence?: number;
  readonly count?: number;
  readonly value?: unknown;
  readonly event?: { readonly sequence: number };
}

/** A WebSocket whose messages wait to be read. */
function openSocket(doors: Running, path: string, headers: Record<string, string> = bearer(doors)) {
  const socket = new WebSocket(`${doors.server.url.replace("http", "ws")}${path}`, { headers });
  onTestFinished(() => socket.terminate());
  const messages: Message[] = [];
  let heard: () => void = () => {};
  socket.on("message", (data: Buffer) => {
    messages.push(JSON.parse(data.toString("utf8")) as Message);
    heard();
  });
  const closed = new Promise<number>((resolve) => {
    socket.on("close", (code) => resolve(code));
  });
  const refused = new Promise<number>((resolve) => {
    socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.on("error", () => {});
  });
  const until = async (done: (all: readonly Message[]) => boolean): Promise<readonly Message[]> => {
    while (!done(messages))
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    return messages;
  };
  return { socket, until, closed, refused };
}

/** One request as raw text, for what no client would send. */
function raw(doors: Running, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(doors.server.port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString("utf8");
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

describe("requests over a real listener", () => {
  it("publish and are answered once the event is durable", async () => {
    const doors = await running();
    const response = await fetch(`${doors.server.url}/api/v1/events`, {
      method: "POST",
      headers: { ...bearer(doors), "content-type": "application/json" },
      body: JSON.stringify({ type: "build.finished", data: {} }),
    });
    expect([response.status, await response.json()]).toEqual([202, { id: expect.any(String), sequence: 1 }]);
  });

  it("are refused under a foreign Host and from a foreign Origin", async () => {
    const doors = await running();
    const rebound = await raw(doors, "GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    expect(rebound).toMatch(/^HTTP\/1\.1 403 /);
    const absolute = await raw(
      doors,
      "GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    );
    expect(absolute).toMatch(/^HTTP\/1\.1 40[03] /);
    const foreign = await fetch(`${doors.server.url}/api/v1/self`, {
      headers: { ...bearer(doors), origin: "http://127.0.0.1:1" },
    });
    expect(foreign.status).toBe(403);
  });

  it("end at the body's limit, with and without a length told beforehand", async () => {
    const doors = await running();
    const post = (body: string | ReadableStream, more: object = {}) =>
      fetch(`${doors.server.url}/api/v1/tasks`, {
        method: "POST",
        headers: { ...bearer(doors), "content-type": "application/json" },
        body,
        ...more,
      });
    const large = JSON.stringify({ input: "x".repeat(2_000_000) });
    expect((await post(large)).status).toBe(413);
    expect((await post(new Blob([large]).stream(), { duplex: "half" })).status).toBe(413);
  });

  it("are read whole when their length was not told beforehand, and may have no body at all", async () => {
    const doors = await running();
    const type = { ...bearer(doors), "content-type": "application/json" };
    const body = new Blob([JSON.stringify({ type: "build.finished", data: { text: "x".repeat(100_000) } })]).stream();
    const streamed = { method: "POST", headers: type, body, duplex: "half" } as const;
    expect((await fetch(`${doors.server.url}/api/v1/events`, streamed)).status).toBe(202);
    const bare = await fetch(`${doors.server.url}/api/v1/pause`, { method: "DELETE", headers: type });
    expect(bare.status).toBe(200);
  });

  it("may name JSON and bring no body, on every route whose body may be left out", async () => {
    const doors = await running();
    const document = (await (await fetch(`${doors.server.url}/openapi.json`)).json()) as {
      readonly paths: Readonly<Record<string, { readonly post?: { readonly requestBody?: { required?: boolean } } }>>;
    };
    const optional = Object.entries(document.paths).flatMap(([path, { post }]) =>
      post !== undefined && post.requestBody?.required !== true ? [path] : [],
    );
    expect(optional).toContain("/api/v1/tasks/{id}/cancel");
    const words: Readonly<Record<string, readonly string[]>> = {
      "/api/v1/agents/{id}/{command}": ["start", "stop", "drain", "reset", "archive"],
      "/api/v1/approvals/{id}/{decision}": ["approve", "reject"],
      "/api/v1/playbooks/{id}/{command}": ["enable", "disable"],
    };
    const headers = { ...bearer(doors), "content-type": "application/json" };
    for (const path of optional)
      for (const word of words[path] ?? [""]) {
        const url = `${doors.server.url}${path.replace("{id}", "t-coder").replace(/\{\w+\}/, word)}`;
        for (const body of [null, new Blob([]).stream()]) {
          const answer = await fetch(url, {
            method: "POST",
            headers,
            body,
            ...(body === null ? {} : { duplex: "half" }),
          });
          expect([url, answer.status === 400 ? await answer.json() : "taken"]).toEqual([url, "taken"]);
        }
      }
    const cancel = `${doors.server.url}/api/v1/tasks/t-coder/cancel`;
    expect((await fetch(cancel, { method: "POST", headers })).status).toBe(202);
    expect((await fetch(`${doors.server.url}/api/v1/pause`, { method: "POST", headers })).status).toBe(200);
  });

  it("say what is missing where a body is needed and none came", async () => {
    const doors = await running();
    const headers = { ...bearer(doors), "content-type": "application/json" };
    const answer = await fetch(`${doors.server.url}/api/v1/agents`, { method: "POST", headers });
    const problem = (await answer.json()) as { readonly errors: { readonly path: string }[] };
    expect(answer.status).toBe(400);
    expect(problem.errors.map((fault) => fault.path)).toContain("id");
  });

  it("never reach a file outside the dashboard", async () => {
    const asked: string[] = [];
    const doors = await running({
      pages: {
        read: async (path) => {
          asked.push(path);
          return undefined;
        },
      },
    });
    for (const path of ["/../../etc/passwd", "/..%2f..%2fetc/passwd"]) {
      const answer = await raw(doors, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 404 /);
      expect(answer).not.toContain("root:");
    }
    expect(asked.length).toBeGreaterThan(0);
  });
});

describe("the event stream", () => {
  it("resumes after Last-Event-ID, from the journal and then live, without gap or double", async () => {
    const doors = await running();
    await publish(doors, 25);
    expect(await readStream(doors, { "last-event-id": "0" }, 25)).toHaveLength(25);
    await publish(doors, 300);
    const reading = readStream(doors, { "last-event-id": "25" }, 400);
    await publish(doors, 200);
    const ids = await reading;
    expect(ids.slice(0, 400)).toEqual(Array.from({ length: 400 }, (_, i) => 26 + i));
  });

  it("is over, subscription and all, when its reader hangs up", async () => {
    const doors = await running();
    const own = doors.bus.subscriptions.length;
    await publish(doors, 5);
    await readStream(doors, { "last-event-id": "0" }, 5);
    while (doors.bus.subscriptions.length > own) {
      await publish(doors, 1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(doors.bus.subscriptions).toHaveLength(own);
  });
});

describe("the sockets", () => {
  it("tell history, then say they are live, then go on, and answer a ping", async () => {
    const doors = await running();
    await publish(doors, 3);
    const { socket, until } = openSocket(doors, "/ws?after=1");
    await until((all) => all.some(({ kind }) => kind === "live"));
    await publish(doors, 1);
    socket.send('{"kind":"ping"}');
    const all = await until(
      (all) => all.some(({ kind }) => kind === "pong") && all.some(({ event }) => event?.sequence === 4),
    );
    const told = all.filter(({ kind }) => kind !== "pong");
    expect(told.map(({ kind }) => kind)).toEqual(["hello", "event", "event", "live", "event"]);
    expect(told.flatMap(({ event }) => event?.sequence ?? [])).toEqual([2, 3, 4]);
  });

  it("tell the overview when asked to, again after something happened", async () => {
    const doors = await running();
    const { until } = openSocket(doors, "/ws?state=overview");
    await until((all) => all.some(({ kind }) => kind === "state"));
    await publish(doors, 1);
    const all = await until((all) => all.filter(({ kind }) => kind === "state").length === 2);
    expect(all.at(-1)?.value).toMatchObject({ lastSequence: 1 });
  });

  it("drop for a reader that stands still, tell it how many, and end with the newest", async () => {
    const doors = await running();
    const { socket, until } = openSocket(doors, "/ws");
    await until((all) => all.some(({ kind }) => kind === "live"));
    socket.pause();
    await publish(doors, 3000, { text: "x".repeat(20_000) });
    socket.resume();
    const all = await until((all) => all.some(({ event }) => event?.sequence === 3000));
    const dropped = all.reduce((sum, { count }) => sum + (count ?? 0), 0);
    const told = all.filter(({ kind }) => kind === "event").length;
    expect(dropped).toBeGreaterThan(0);
    expect(told + dropped).toBe(3000);
    const metrics = await doors.ask("GET", "/metrics");
    expect(metrics.text).toContain(`aios_http_stream_dropped_total ${dropped}\n`);
  });

  it("relay the inspection protocol of the actors asked for", async () => {
    const doors = await running();
    const { until } = openSocket(doors, "/ws/inspect?actors=agent/coder,agent/other");
    await until((all) => all.length === 1);
    doors.inspect({ type: "@xstate.snapshot", sessionId: "x" });
    const all = await until((all) => all.length === 2);
    expect(all).toEqual([
      { type: "@xstate.actor", sessionId: "agent/coder+agent/other" },
      { type: "@xstate.snapshot", sessionId: "x" },
    ]);
  });

  it.each(["/ws", "/ws/inspect"])(
    "%s is refused without a token, from a foreign Origin, and to an agent",
    async (path) => {
      const doors = await running();
      expect(await openSocket(doors, path, {}).refused).toBe(401);
      expect(await openSocket(doors, path, { ...bearer(doors), origin: "http://evil.example" }).refused).toBe(403);
      expect(await openSocket(doors, path, { ...bearer(doors), host: "evil.example" }).refused).toBe(403);
      expect(await openSocket(doors, path, { authorization: `Bearer ${doors.tokens.coder}` }).refused).toBe(403);
    },
  );

  it("open nowhere else", async () => {
    const doors = await running();
    expect(await openSocket(doors, "/api/v1/tasks").refused).toBe(400);
    expect(await openSocket(doors, "/nothing").refused).toBe(404);
    expect((await fetch(`${doors.server.url}/ws`, { headers: bearer(doors) })).status).toBe(400);
  });
});

describe("listening", () => {
  it("says that the port is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise<void>((resolve) => other.close(() => resolve())));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(running({ port })).rejects.toMatchObject({ code: "http.port_in_use" });
  });

  it.each([
    { host: "0.0.0.0", hasToken: false, allowedHosts: [] },
    { host: "::", hasToken: true, allowedHosts: [] },
    { host: "", hasToken: true, allowedHosts: [] },
    { host: "0.0.0.0", hasToken: false, allowedHosts: ["aios.example"] },
    { host: "192.0.2.1", hasToken: false, allowedHosts: [] },
  ])("refuses to leave this machine with $host, token $hasToken, hosts $allowedHosts", async (how) => {
    await expect(running(how)).rejects.toMatchObject({ code: "config.unsafe_bind" });
  });

  it("leaves this machine with a token and allowed hosts", async () => {
    const doors = await running({ host: "0.0.0.0", hasToken: true, allowedHosts: ["aios.example"] });
    expect((await fetch(`http://127.0.0.1:${doors.server.port}/healthz`)).status).toBe(200);
  });

  it("ends streams and sockets when it closes, and lets a request finish", async () => {
    const doors = await running();
    const own = doors.bus.subscriptions.length;
    let finish: () => void = () => {};
    const performance = () => doors.deps.overview();
    const started = new Promise<void>((entered) => {
      Object.assign(doors.deps, {
        performance: async () => {
          entered();
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          return performance();
        },
      });
    });
    const slow = fetch(`${doors.server.url}/api/v1/performance`, { headers: bearer(doors) });
    const { until, closed } = openSocket(doors, "/ws");
    await until((all) => all.some(({ kind }) => kind === "live"));
    const stream = await fetch(`${doors.server.url}/api/v1/events/stream`, { headers: bearer(doors) });
    await started;
    const closing = doors.server.close({ graceMs: 5_000 });
    expect(await closed).toBe(1001);
    expect(await stream.text()).toContain("retry: 1000");
    finish();
    expect((await slow).status).toBe(200);
    await closing;
    await expect(fetch(`${doors.server.url}/healthz`)).rejects.toThrow();
    expect(doors.bus.subscriptions).toHaveLength(own);
  });

  it("waits for no connection that was opened ahead of need and never asked for anything", async () => {
    const doors = await running();
    const unused = connect(doors.server.port, "127.0.0.1");
    const closed = once(unused, "close");
    await once(unused, "connect");
    expect((await fetch(`${doors.server.url}/healthz`, { headers: { connection: "close" } })).status).toBe(200);
    await doors.server.close({ graceMs: 3_600_000 });
    await closed;
    expect(unused.destroyed).toBe(true);
  });
});
