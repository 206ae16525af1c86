import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { isGroup } from "../../../src/cli/command.ts";
import { entries } from "../../../src/cli/registry.ts";
import { anchorsOf, type Document, readDocuments, repository } from "../../support/documents.ts";

const documents = readDocuments();

describe(`the documentation: ${documents.length} pages checked`, () => {
  it("finds pages to check", () => {
    expect(documents.length).toBeGreaterThan(30);
  });

  it("links only to files and headings that exist", () => {
    const links = documents.flatMap((page) => linksOf(page).map((target) => ({ page, target })));
    expect(links.length).toBeGreaterThan(100);
    expect(
      links.flatMap(({ page, target }) => (leadsSomewhere(page, target) ? [] : [`${page.path}: ${target}`])),
    ).toEqual([]);
  });

  it("is reached from its index, page by page", () => {
    const [index] = documents.filter((page) => page.path === "docs/README.md");
    const linked = new Set(index === undefined ? [] : linksOf(index).map((target) => path.posix.join("docs", target)));
    const pages = documents
      .map((page) => page.path)
      .filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
    expect(pages.filter((page) => !linked.has(page))).toEqual([]);
  });

  it("names only files of the repository that exist", () => {
    const named = documents.flatMap(({ path: page, prose }) =>
      [...prose.matchAll(/`((?:src|test|docs|examples|playbooks|deploy|dashboard|scripts|bench)\/[\w./-]+)`/g)].map(
        ([, file = ""]) => ({ page, file }),
      ),
    );
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter(({ file }) => !existsSync(path.join(repository, file)))).toEqual([]);
  });

  it("names only commands that exist", () => {
    const named = documents.flatMap(({ path: page, text }) =>
      [...text.matchAll(COMMAND)].map(([, first = "", second]) => ({ page, first, second })),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(({ first, second }) => !isCommand(first, second))).toEqual([]);
  });

  it("names only scripts that the package has", () => {
    const named = documents.flatMap(({ text }) =>
      [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = ""]) => name),
    );
    expect(named).toContain("demo");
    expect(named.filter((name) => !Object.hasOwn(manifest.scripts, name))).toEqual([]);
  });
});

/** A command line, as it stands in a sentence or at the beginning of a line of code. */
const COMMAND = /(?:`|^\s*(?:npx |[A-Z_]+=\S+ )*)aios ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/gm;

function isCommand(first: string, second: string | undefined): boolean {
  const entry = entries.find(({ name }) => name === first);
  if (entry === undefined || !isGroup(entry)) return entry !== undefined;
  return second === undefined || entry.commands.some(({ name }) => name === second);
}

/** Targets of links and images within the repository. */
function linksOf({ prose }: Document): readonly string[] {
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere(page: Document, target: string): boolean {
  const [file = "", anchor] = target.split("#");
  const place = file === "" ? page.path : path.posix.join(path.posix.dirname(page.path), file);
  if (!existsSync(path.join(repository, place))) return false;
  if (anchor === undefined) return true;
  const linked = documents.find((one) => one.path === place);
  return linked !== undefined && anchorsOf(linked).has(anchor);
}
