import type { describe } from "../../src/http/openapi.ts";

type Document = ReturnType<typeof describe>;

const methods = ["get", "post", "put", "patch", "delete"] as const;

/** docs/reference/http.md, written from the OpenAPI document. */
export function httpReference(document: Document): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? "other"))].sort();
  const sections = tags.map((tag) => {
    const rows = operations
      .filter(({ operation }) => (operation.tags?.[0] ?? "other") === tag)
      .map(({ method, path, operation }) => {
        const right: unknown = operation["x-right"];
        const query = (operation.parameters ?? []).flatMap((one) =>
          "in" in one && one.in === "query" ? [`\`${one.name}\``] : [],
        );
        const cells = [
          `\`${method.toUpperCase()} ${path}\``,
          operation.summary ?? "",
          query.join(" "),
          typeof right === "string" ? `\`${right}\`` : "none",
          Object.keys(operation.responses ?? {})
            .filter((status) => status !== "default")
            .join(" "),
        ];
        return `| ${cells.join(" | ")} |`;
      });
    return [
      `## ${tag}`,
      "",
      "| route | what it does | query | right | answers |",
      "| --- | --- | --- | --- | --- |",
      ...rows,
    ].join("\n");
  });
  return `# HTTP

Served at \`http://127.0.0.1:8765\`. This page is written from the routes themselves; \`/openapi.json\` has every shape and \`/docs\` shows it. Rights are explained in [principals.md](principals.md).

- JSON in, JSON out. Lists are \`{items, next}\`; send \`next\` as \`after\` for the following page, \`null\` is the end.
- Failures are \`application/problem+json\` with a stable \`type\` (\`urn:aios:failure:CODE\`), \`detail\` in words, \`advice\`, and \`errors: [{path, message}]\` for bad input. 429 and 503 carry \`Retry-After\`.
- Changes accept \`Idempotency-Key\`: sent again within a day, the same change is answered as before and not done again. Events and tasks keep their key across restarts.
- Bodies may have 1 MiB; \`POST /api/v1/events\` 8 MiB (one event 1 MiB, a batch 1,000 events, accepted whole or not at all), \`POST /api/v1/memory/import\` 64 MiB.
- \`GET /api/v1/events/stream\` and \`/ws\` first tell what the journal holds after the position asked for (\`Last-Event-ID\`, \`?after=\`), then go on live, without a gap. The stream loses nothing; the socket drops the oldest when its reader is too slow, and says how many in \`{"kind":"dropped","count"}\`.

${sections.join("\n\n")}
`;
}
