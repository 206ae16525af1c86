import MiniSearch from "minisearch";
import type { Document } from "./retrieval-sets.ts";

/** The ids of the best documents for a text, best first. */
export type Find = (text: string) => readonly string[];

const TOP = 10;

/** Documents that contain any word of the question as it is written, those with more of them first. */
export function substringSearch(documents: readonly Document[]): Find {
  const texts = documents.map(({ id, title, text }) => ({ id, text: `${title}\n${text}`.toLowerCase() }));
  return (question) => {
    const words = [...new Set(question.toLowerCase().split(/\s+/u))].filter((word) => word !== "");
    return texts
      .map(({ id, text }) => ({ id, hits: words.filter((word) => text.includes(word)).length }))
      .filter(({ hits }) => hits > 0)
      .sort((a, b) => b.hits - a.hits)
      .slice(0, TOP)
      .map(({ id }) => id);
  };
}

/** MiniSearch as it is when nothing is configured. */
export function miniSearch(documents: readonly Document[]): Find {
  const index = new MiniSearch<Document>({ fields: ["title", "text"] });
  index.addAll(documents);
  return (question) =>
    index
      .search(question)
      .slice(0, TOP)
      .map(({ id }) => String(id));
}
