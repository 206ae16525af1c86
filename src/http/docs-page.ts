import type { describe } from "./openapi.ts";

type Document = ReturnType<typeof describe>;

const methods = ["get", "post", "put", "patch", "delete"] as const;

/** The document as one page of plain HTML: no script, nothing from elsewhere. */
export function docsPage(document: Document): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method, path, operation, tag: operation.tags?.[0] ?? "other" }];
    }),
  );
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const sections = tags.map(
    (tag) =>
      `<h2>${escaped(tag)}</h2>${operations
        .filter((one) => one.tag === tag)
        .map((one) => section(one))
        .join("")}`,
  );
  const schemas = Object.entries(document.components?.schemas ?? {}).map(
    ([name, schema]) => `<details id="${escaped(name)}"><summary>${escaped(name)}</summary>${code(schema)}</details>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>AIOS API</title><link rel="stylesheet" href="/docs/style.css"></head><body><main>
<h1>AIOS API ${escaped(document.info.version)}</h1><p>${prose(document.info.description)}</p>
<p><a href="/openapi.json">openapi.json</a></p>
${sections.join("\n")}<h2>Shapes</h2>${schemas.join("\n")}</main></body></html>`;
}

interface Shown {
  readonly method: string;
  readonly path: string;
  readonly operation: NonNullable<NonNullable<Document["paths"]>[string]["get"]>;
}

function section({ method, path, operation }: Shown): string {
  const right: unknown = operation["x-right"];
  const needs = typeof right === "string" ? `<p>Needs the right <code>${escaped(right)}</code>.</p>` : "";
  const parts = [
    ["Parameters", operation.parameters],
    ["Body", operation.requestBody],
    ["Answers", operation.responses],
  ] as const;
  const shown = parts.map(([name, part]) => (part === undefined ? "" : `<h4>${name}</h4>${code(part)}`));
  return `<details><summary><b class="${method}">${method.toUpperCase()}</b> <code>${escaped(path)}</code> ${prose(
    operation.summary,
  )}</summary><p>${prose(operation.description)}</p>${needs}${shown.join("")}</details>`;
}

/** JSON with its references made into links to the shapes below. */
function code(value: unknown): string {
  const text = escaped(JSON.stringify(value, null, 2));
  return `<pre>${text.replaceAll(/#\/components\/schemas\/(\w+)/g, '<a href="#$1">$1</a>')}</pre>`;
}

/** A text of the document, which may quote code between backticks. */
function prose(text = ""): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

export const docsStyle = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
details { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .4rem 0; }
summary { cursor: pointer; }
pre { overflow-x: auto; padding: .8rem; background: color-mix(in srgb, currentColor 7%, transparent); font-size: .85rem; }
b { display: inline-block; min-width: 4.5rem; font-family: ui-monospace, monospace; }
`;
