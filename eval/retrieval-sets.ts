import { z } from "zod";
import { EvalFault } from "./fault.ts";
import type { DataFolder } from "./folder.ts";
import type { Grades } from "./ndcg.ts";

const document = z.object({ id: z.string().min(1), title: z.string().default(""), text: z.string() });
export type Document = z.infer<typeof document>;
const question = z.object({ id: z.string().min(1), text: z.string() });
export type Question = z.infer<typeof question>;
const pair = z.object({ code: z.string().min(1), template: z.string(), explanation: z.string() });

/** Documents, questions to them, and which of them answer which. */
export interface RetrievalSet {
  /** Of its folder; empty where the data folder itself is the set. */
  readonly name: string;
  readonly documents: readonly Document[];
  readonly questions: readonly Question[];
  readonly grades: ReadonlyMap<string, Grades>;
}

/** Every set in the folder and below. */
export function setsIn(root: DataFolder): readonly RetrievalSet[] {
  const data = root.within("retrieval");
  const files = data.files("docs.jsonl or pairs.jsonl", (name) => /(?:^|\/)(?:docs|pairs)\.jsonl$/.test(name));
  return files.map((file) => {
    const folder = file.replace(/[^/]+$/, "");
    const name = folder.replace(/\/$/, "");
    return file.endsWith("pairs.jsonl") ? pairsOf(data, file, name) : setOf(data, folder, name);
  });
}

function setOf(data: DataFolder, folder: string, name: string): RetrievalSet {
  const documents = data.records(`${folder}docs.jsonl`, document);
  const questions = data.records(`${folder}queries.jsonl`, question);
  const known = { documents: distinct(documents, name), questions: distinct(questions, name) };
  const grades = new Map<string, Map<string, number>>();
  for (const line of data.lines(`${folder}qrels.tsv`)) {
    const [query = "", doc = "", grade = ""] = line.text.split("\t");
    if (!known.questions.has(query)) throw line.fault(`there is no question ${query}`);
    if (!known.documents.has(doc)) throw line.fault(`there is no document ${doc}`);
    if (grade.trim() === "" || Number.isNaN(Number(grade))) throw line.fault(`"${grade}" is no grade`);
    const of = grades.get(query) ?? new Map<string, number>();
    grades.set(query, of.set(doc, Number(grade)));
  }
  return { name, documents, questions, grades };
}

/** Of pairs the template is the question and the explanation its answer. */
function pairsOf(data: DataFolder, file: string, name: string): RetrievalSet {
  const pairs = data.records(file, pair);
  distinct(
    pairs.map(({ code }) => ({ id: code })),
    name,
  );
  return {
    name,
    documents: pairs.map(({ code, explanation }) => ({ id: code, title: "", text: explanation })),
    questions: pairs.map(({ code, template }) => ({ id: code, text: template })),
    grades: new Map(pairs.map(({ code }) => [code, new Map([[code, 1]])])),
  };
}

function distinct(entries: readonly { readonly id: string }[], set: string): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { id } of entries) {
    if (ids.has(id)) throw new EvalFault("data", `${set || "the set"}: the id ${id} stands there twice`);
    ids.add(id);
  }
  return ids;
}
