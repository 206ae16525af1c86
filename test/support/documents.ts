import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const repository = path.resolve(import.meta.dirname, "../..");

const FOREIGN = new Set(["node_modules", ".services", "dist", "coverage", ".git", ".aios"]);

export interface Document {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** Without code blocks: what they show is somebody else's. */
  readonly prose: string;
}

/** Every Markdown file of the repository. */
export function readDocuments(): readonly Document[] {
  return markdownBelow("").map((file) => {
    const text = readFileSync(path.join(repository, file), "utf8");
    return { path: file, text, prose: text.replaceAll(/^```[\s\S]*?^```$/gm, "") };
  });
}

function markdownBelow(folder: string): readonly string[] {
  return readdirSync(path.join(repository, folder), { withFileTypes: true }).flatMap((entry) => {
    const place = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return FOREIGN.has(entry.name) ? [] : markdownBelow(place);
    return entry.name.endsWith(".md") ? [place] : [];
  });
}

/** The anchors that a page's headings make, as hosts of Markdown make them. */
export function anchorsOf({ prose }: Document): ReadonlySet<string> {
  const headings = [...prose.matchAll(/^#{1,6} +(.+)$/gm)].map(([, title = ""]) => title);
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replaceAll(/\s/g, "-"),
    ),
  );
}
