import { type CallToolResult, Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { listeningEngine } from "../../support/cli.ts";

interface Open {
  readonly client: Client;
  readonly call: (name: string, input: Record<string, unknown>) => Promise<CallToolResult>;
}

async function opened(transport: StreamableHTTPClientTransport | StdioClientTransport): Promise<Open> {
  const client = new Client({ name: "test-agent", version: "1.0.0" });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return { client, call: (name, input) => client.callTool({ name, arguments: input }) };
}

async function world() {
  const running = await listeningEngine();
  const api = await running.engine.client();
  const tokenOf = async (input: { role: "agent"; agent: string } | { role: "viewer" }) => {
    const made = await (await api.tokens.$post({ json: input })).json();
    return made.token;
  };
  const overHttp = (token: string) =>
    opened(
      new StreamableHTTPClientTransport(new URL("/mcp", running.url), {
        requestInit: { headers: { authorization: `Bearer ${token}` } },
      }),
    );
  const overStdio = (token: string) =>
    opened(
      new StdioClientTransport({
        command: process.execPath,
        args: [inject("builtMain"), "mcp"],
        env: { ...running.env, AIOS_TOKEN: token, PATH: process.env["PATH"] ?? "" },
        stderr: "inherit",
      }),
    );
  return { ...running, api, tokenOf, overHttp, overStdio };
}

const textOf = ({ content }: CallToolResult) => content.map((part) => (part.type === "text" ? part.text : "")).join("");

const every = [
  "memory_context",
  "memory_query",
  "memory_get",
  "memory_report",
  "memory_link",
  "memory_neighbours",
  "memory_path",
  "memory_sequel",
];

describe("the memory's tools over the Model Context Protocol", () => {
  it.each(["http", "stdio"] as const)("serve an agent from its own space and the shared one (%s)", async (way) => {
    const { api, engine, tokenOf, overHttp, overStdio } = await world();
    await api.memory.items.$post({
      json: {
        key: "feed-limit",
        title: "The feed refuses calls",
        content: "The feed answers 429 after ten calls a minute: wait a minute.",
      },
    });
    await api.memory.items.$post({
      json: { key: "secret", content: "The feed of another agent.", space: "agent:other" },
    });
    const token = await tokenOf({ role: "agent", agent: "coder" });
    const { client, call } = await (way === "http" ? overHttp(token) : overStdio(token));

    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(every);
    const known = await call("memory_context", { task: "summarise the feed" });
    expect(textOf(known)).toContain("429");
    expect(textOf(known)).not.toContain("another agent");
    expect(known.structuredContent).toMatchObject({ items: ["feed-limit"] });

    const kept = await call("memory_report", {
      key: "found",
      content: "Waiting a minute between calls to the feed helped.",
    });
    expect(kept.structuredContent).toMatchObject({ key: "found", space: "agent:coder" });
    const told = await engine.until("memory.stored", ({ data }) => data.key === "found");
    expect(told.principal).toBe("agent:coder");
    await call("memory_link", { from: "found", to: "feed-limit", relation: "supports" });
    expect((await call("memory_neighbours", { key: "found" })).structuredContent).toMatchObject({
      links: [{ from: "found", to: "feed-limit", relation: "supports" }],
    });
    expect((await call("memory_path", { from: "found", to: "feed-limit" })).structuredContent).toMatchObject({
      nodes: [{ key: "found" }, { key: "feed-limit" }],
    });
    const hits = await call("memory_query", { text: "feed", topK: 5, explain: true });
    expect(textOf(hits)).not.toContain("another agent");
    expect(hits.structuredContent).toMatchObject({ items: [{ explain: expect.any(Object) }, {}] });
    expect((await call("memory_get", { key: "feed-limit" })).structuredContent).toMatchObject({ space: "shared" });
  });

  it.each(["http", "stdio"] as const)(
    "say what was wrong, and never that something of another's is there (%s)",
    async (way) => {
      const { api, tokenOf, overHttp, overStdio } = await world();
      await api.memory.items.$post({ json: { key: "secret", content: "of another", space: "agent:other" } });
      const token = await tokenOf({ role: "agent", agent: "coder" });
      const { call } = await (way === "http" ? overHttp(token) : overStdio(token));
      const theirs = await call("memory_get", { key: "secret" });
      const nobodys = await call("memory_get", { key: "nothing" });
      expect(theirs.isError).toBe(true);
      expect(textOf(theirs).replaceAll("secret", "nothing")).toBe(textOf(nobodys));
      const deep = await call("memory_neighbours", { key: "secret", depth: 9 }).catch((failure: Error) => failure);
      expect(deep instanceof Error ? deep.message : textOf(deep)).toContain("depth");
    },
  );

  it("offer nothing that promotes, approves, shares or writes into another's space", async () => {
    const { api, tokenOf, overHttp } = await world();
    const { client, call } = await overHttp(await tokenOf({ role: "agent", agent: "coder" }));
    const { tools } = await client.listTools();
    const inputs = tools.flatMap(({ inputSchema }) => Object.keys(inputSchema["properties"] ?? {}));
    for (const member of ["space", "level", "outcomes", "confidence", "with"]) expect(inputs).not.toContain(member);
    for (const more of [{ level: "hardened" }, { space: "shared" }, { outcomes: { fixes: 9, failures: 0 } }]) {
      const said = await call("memory_report", { key: "praise", content: "I am right", ...more }).catch(
        (failure: Error) => failure,
      );
      expect(said instanceof Error || said.isError === true).toBe(true);
    }
    expect(
      (await api.memory.items[":key"].$get({ param: { key: "praise" }, query: { space: "agent:coder" } })).status,
    ).toBe(404);
  });

  it.each(["http", "stdio"] as const)("show a viewer the tools that read, and no other (%s)", async (way) => {
    const { tokenOf, overHttp, overStdio } = await world();
    const token = await tokenOf({ role: "viewer" });
    const { client } = await (way === "http" ? overHttp(token) : overStdio(token));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(
      every.filter((name) => !["memory_report", "memory_link"].includes(name)),
    );
  });

  it("need a token", async () => {
    const { url, overStdio } = await world();
    const answer = await fetch(new URL("/mcp", url), { method: "POST", body: "{}" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([401, "application/problem+json"]);
    await expect(overStdio("aios_a_token_that_nobody_made")).rejects.toThrow();
  });

  it("refuse a page of another site, and a body that is too large", async () => {
    const { url, tokenOf } = await world();
    const headers = {
      authorization: `Bearer ${await tokenOf({ role: "viewer" })}`,
      "content-type": "application/json",
    };
    const strange = { ...headers, origin: "https://elsewhere.example" };
    expect((await fetch(new URL("/mcp", url), { method: "POST", headers: strange, body: "{}" })).status).toBe(403);
    const large = JSON.stringify({ text: "x".repeat(1_100_000) });
    expect((await fetch(new URL("/mcp", url), { method: "POST", headers, body: large })).status).toBe(413);
  });
});
