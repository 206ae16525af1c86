import { describe, expect, it } from "vitest";
import type { describe as describeRoutes } from "../../../src/http/openapi.ts";
import { rights } from "../../../src/http/principals.ts";
import { testDoors } from "../../support/http-deps.ts";
import { httpReference } from "../../support/http-reference.ts";

type Document = ReturnType<typeof describeRoutes>;

async function documented() {
  const doors = await testDoors();
  const document = (await doors.ask("GET", "/openapi.json", { as: "nobody" })).json as Document;
  return { doors, document };
}

/** Not part of the API: the description itself and the dashboard's files. */
const undocumented = new Set(["/openapi.json", "/docs", "/docs/style.css", "/", "/inspect", "/*"]);

describe("the OpenAPI document", () => {
  it("has every route that the app answers, and no other", async () => {
    const { doors, document } = await documented();
    const answered = doors.app.routes
      .filter(({ method, path }) => method !== "ALL" && !undocumented.has(path))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    const described = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.length).toBeGreaterThan(50);
    expect([...new Set(described)].sort()).toEqual([...new Set(answered)].sort());
  });

  it("resolves every reference and names every operation once", async () => {
    const { document } = await documented();
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? "");
    expect(references.length).toBeGreaterThan(50);
    for (const name of references) expect(document.components?.schemas).toHaveProperty(name);
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(document.openapi).toBe("3.1.0");
  });

  it("declares every path parameter, and the right that each API route needs", async () => {
    const { document } = await documented();
    for (const [path, item] of Object.entries(document.paths ?? {}))
      for (const operation of Object.values(item) as NonNullable<(typeof item)["get"]>[]) {
        const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        const declared = (operation.parameters ?? []).flatMap((one) =>
          "in" in one && one.in === "path" ? [one.name] : [],
        );
        expect([path, new Set(declared)]).toEqual([path, new Set(wanted)]);
        const right: unknown = operation["x-right"];
        const known = typeof right === "string" && Object.hasOwn(rights, right);
        expect([path, known]).toEqual([path, path.startsWith("/api/") || path.startsWith("/ws") || path === "/mcp"]);
      }
  });

  it("is what docs/reference/http.md says", async () => {
    const { document } = await documented();
    await expect(httpReference(document)).toMatchFileSnapshot("../../../docs/reference/http.md");
  });

  it("is shown at /docs as plain HTML that loads nothing from elsewhere and runs no script", async () => {
    const { doors } = await documented();
    const page = await doors.ask("GET", "/docs", { as: "nobody" });
    expect(page.text).toContain("/api/v1/tasks/{id}/output");
    expect(page.text).not.toMatch(/<script|https?:\/\/(?!localhost)/);
    expect(page.text).toContain("<code>Retry-After</code>");
    expect(page.text).not.toMatch(/<p>[^<]*`/);
  });
});
