import { hc } from "hono/client";
import { describe, expect, it } from "vitest";
import type { AppType } from "../../../src/http/app.ts";
import { testDoors } from "../../support/http-deps.ts";

describe("the typed client", () => {
  it("asks the same doors, and knows the shape of their answers", async () => {
    const doors = await testDoors();
    const client = hc<AppType>("http://localhost", {
      headers: { authorization: `Bearer ${doors.tokens.operator}` },
      fetch: (input: string | URL | Request, init?: RequestInit) => doors.app.request(input, init),
    });
    const score = await (await client.api.v1.score.$get()).json();
    const nothingYet: number | null = score.score;
    expect(nothingYet).toBeNull();
    const submitted = await client.api.v1.tasks.$post({ json: { agent: "coder", input: { n: 1 } } });
    const task = await (await client.api.v1.tasks[":id"].$get({ param: { id: (await submitted.json()).id } })).json();
    expect(task).toMatchObject({ agent: "coder", input: { n: 1 }, state: "queued" });
    const page = await (await client.api.v1.runs.$get({ query: { limit: "1", outcome: "fixed" } })).json();
    expect(page.items.map(({ outcome }) => outcome)).toEqual(["fixed"]);
  });
});
