import { describe, expect, it } from "vitest";
import { TestEngine } from "../../support/engine.ts";

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

describe("what a memory cannot take", () => {
  it("is refused with what, where and what to change, and leaves nothing half-written", async () => {
    const test = await TestEngine.open({ http: true });
    const client = await test.client();
    const made = await client.tokens.$post({ json: { role: "agent", agent: "ann" } });
    const ann = (await made.json()).token;
    const mine = (await client.tokens.$post({ json: { role: "agent", agent: "bob" } }).then((one) => one.json())).token;
    await client.memory.items.$post({ json: { key: "here", content: "it is here" } });
    await client.memory.items.$post({ json: { key: "bobs", content: "of bob", space: "agent:bob" } });
    const before = await (await client.memory.export.$post({ json: {} })).json();

    const ask = async (method: string, at: string, json?: unknown, token = mine) => {
      const answer = await fetch(`${test.engine.url ?? ""}/api/v1/memory${at}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      return { status: answer.status, ...((await answer.json()) as Problem) };
    };
    expect(await ask("POST", "/links", { from: "bobs", to: "nothing", relation: "causes" })).toMatchObject({
      status: 404,
      detail: expect.stringContaining("nothing"),
    });
    expect(await ask("POST", "/links", { from: "bobs", to: "here", relation: "is not a word" })).toMatchObject({
      status: 400,
      errors: [{ path: "relation" }],
    });
    expect(await ask("GET", "/items/bobs/neighbours?depth=9")).toMatchObject({
      status: 400,
      errors: [{ path: expect.stringContaining("depth") }],
    });
    expect((await ask("POST", "/items", { key: "big", content: "x".repeat(2_000_000) })).status).toBe(413);
    expect(await ask("POST", "/items", { key: "big", content: "x".repeat(300_000) })).toMatchObject({
      status: 400,
      errors: [{ path: expect.stringContaining("content") }],
    });
    expect((await ask("POST", "/items", { key: "k", content: "x", space: "agent:bob" }, ann)).status).toBe(403);
    expect((await ask("PATCH", "/items/bobs?space=agent:bob", { title: "mine" }, ann)).status).toBe(404);
    expect(await ask("POST", "/items", { key: "k", content: "x", space: "everywhere" })).toMatchObject({
      code: "input.invalid",
    });
    expect((await ask("POST", "/items/bobs/merge", { duplicate: "bobs" })).status).toBe(400);
    const after = await (await client.memory.export.$post({ json: {} })).json();
    expect(after).toEqual(before);
  });
});
