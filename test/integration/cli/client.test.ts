import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect, read, readList, segment } from "../../../src/cli/client.ts";
import { Given } from "../../../src/cli/given.ts";
import { writeRunningFile } from "../../../src/cli/running-file.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { listeningDoors } from "../../support/cli.ts";
import { tempDir } from "../../support/temp-dir.ts";

const given = new Given({}, new Map());

/** A caller in an empty directory, with this environment. */
async function caller(env: Readonly<Record<string, string>>) {
  return { given, env, cwd: await tempDir() };
}

/** A server that is not ours, and what the token was that it was sent. */
async function otherServer(contentType: string, body: string) {
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    response.writeHead(200, { "content-type": contentType }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  onTestFinished(close);
  return { port: String((server.address() as AddressInfo).port), authorizations, close };
}

describe("finding the engine", () => {
  it("takes the address that the running engine wrote and the token of its data directory", async () => {
    const doors = await listeningDoors();
    const { api, url } = await connect(await caller({ AIOS_DATA_DIR: doors.directory }));
    expect(url).toBe(doors.url);
    expect(await read(api.self.$get())).toEqual({ role: "operator", id: "first" });
  });

  it("lets AIOS_TOKEN beat the token of the data directory", async () => {
    const doors = await listeningDoors();
    const env = { AIOS_DATA_DIR: doors.directory, AIOS_TOKEN: doors.tokens.viewer };
    expect(await read((await connect(await caller(env))).api.self.$get())).toMatchObject({ role: "viewer" });
  });

  it("takes host and port of the configuration when no engine wrote where it is", async () => {
    const doors = await listeningDoors();
    const env = { AIOS_PORT: new URL(doors.url).port, AIOS_TOKEN: doors.tokens.operator };
    expect(await read((await connect(await caller(env))).doors.healthz.$get())).toMatchObject({ status: "ok" });
  });

  it("sends no token to whoever has the port of an engine that is dead", async () => {
    const other = await otherServer("application/json", "{}");
    const directory = await tempDir();
    await nodeFiles.write(`${directory}/operator.token`, "aios_secret\n");
    await writeRunningFile(directory, { url: `http://127.0.0.1:${other.port}`, pid: 2 ** 22 + 1, version: "1" });
    await expect(connect(await caller({ AIOS_DATA_DIR: directory, AIOS_PORT: "0" }))).rejects.toMatchObject({
      code: "engine.unreachable",
    });
    expect(other.authorizations).toEqual([]);
  });
});

describe("asking the engine", () => {
  it("says engine.unreachable where nothing listens", async () => {
    const { port, close } = await otherServer("text/plain", "");
    await close();
    const { api } = await connect(await caller({ AIOS_PORT: port, AIOS_TOKEN: "a-token-of-my-own" }));
    await expect(read(api.score.$get())).rejects.toMatchObject({
      code: "engine.unreachable",
      message: `No engine answers at http://127.0.0.1:${port}: nothing listens there`,
    });
  });

  it("tells a page of somebody else's from an engine", async () => {
    const other = await otherServer("text/html", "<h1>hello</h1>");
    const { api } = await connect(await caller({ AIOS_PORT: other.port, AIOS_TOKEN: "a-token-of-my-own" }));
    await expect(read(api.score.$get())).rejects.toMatchObject({
      code: "engine.unreachable",
      message: expect.stringContaining("is not an AIOS engine") as string,
    });
  });

  it("says which token was not known, or where one was looked for", async () => {
    const doors = await listeningDoors();
    const port = new URL(doors.url).port;
    const wrong = await connect(await caller({ AIOS_PORT: port, AIOS_TOKEN: "not-the-right-one" }));
    await expect(read(wrong.api.self.$get())).rejects.toMatchObject({
      code: "auth.missing",
      message: expect.stringMatching(/does not know the token of AIOS_TOKEN/) as string,
    });
    const none = await connect(await caller({ AIOS_PORT: port }));
    await expect(read(none.api.self.$get())).rejects.toMatchObject({
      code: "auth.missing",
      message: expect.stringMatching(/none was found \(AIOS_TOKEN, .*operator\.token\)/) as string,
    });
  });

  it("hands on the engine's refusal with its code, words and faults", async () => {
    const doors = await listeningDoors();
    const { api } = await connect(await caller({ AIOS_DATA_DIR: doors.directory }));
    await expect(read(api.tasks.$post({ json: { agent: "missing", input: 1 } }))).rejects.toMatchObject({
      code: "agent.unknown",
      message: "no agent missing",
    });
    await expect(read(api.tasks.$post({ json: { agent: "full", input: 1 } }))).rejects.toMatchObject({
      code: "busy",
      retryAfterSeconds: 7,
    });
    await expect(read(api.tasks.$post({ json: { input: 1, retries: -1 } }))).rejects.toMatchObject({
      code: "input.invalid",
      faults: [{ path: "retries", message: expect.any(String) as string }],
    });
  });

  it("escapes an id, and refuses one that would lead elsewhere", async () => {
    const doors = await listeningDoors();
    const { api } = await connect(await caller({ AIOS_DATA_DIR: doors.directory }));
    const key = "notes/a b?#%";
    await read(api.memory.items.$post({ json: { key, content: "hello" } }));
    const item = await read(api.memory.items[":key"].$get({ param: { key: segment(key) }, query: {} }));
    expect(item).toMatchObject({ key, content: "hello" });
    for (const id of ["", ".", ".."]) expect(() => segment(id)).toThrow(/is no id/);
  });

  it("follows the pages of a list up to what was asked for", async () => {
    const doors = await listeningDoors();
    const { api } = await connect(await caller({ AIOS_DATA_DIR: doors.directory }));
    for (let n = 0; n < 5; n++) await read(api.tasks.$post({ json: { input: n } }));
    const asked: string[] = [];
    const listed = (most: number) =>
      readList(most, (wish) => {
        asked.push(wish.limit);
        return api.tasks.$get({ query: { ...wish, limit: String(Math.min(2, Number(wish.limit))) } });
      });
    const all = await listed(100);
    expect(all.items).toHaveLength(7);
    expect(all.next).toBeNull();
    expect(asked).toEqual(["100", "98", "96", "94"]);
    const some = await listed(3);
    expect(some.items.map(({ id }) => id)).toEqual(all.items.slice(0, 3).map(({ id }) => id));
    expect(some.next).toBe(some.items[2]?.id);
  });
});
