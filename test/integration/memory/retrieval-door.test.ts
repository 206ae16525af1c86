import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { DataFolder, OutFolder } from "../../../eval/folder.ts";
import { retrieval, runLines } from "../../../eval/retrieval.ts";
import { TestEngine } from "../../support/engine.ts";
import { tempDir } from "../../support/temp-dir.ts";

const documents = [
  { id: "disk", title: "ENOSPC", text: "The disk is full: remove old logs, then restart the worker." },
  { id: "proxy", text: "The proxy needs a longer deadline than the upstream behind it." },
  { id: "cert", text: "证书过期后先续签，再重启网关。" },
  { id: "twin", text: "The disk is full: remove old logs, then restart a worker." },
];
const questions = [
  { id: "q1", text: "why is the disk full of logs" },
  { id: "q2", text: "代理超时怎么办" },
  { id: "q3", text: "网关证书" },
];

it("answers over HTTP exactly what its evaluation writes down", async () => {
  const dir = await tempDir();
  const lines = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");
  mkdirSync(path.join(dir, "small"));
  writeFileSync(path.join(dir, "small", "docs.jsonl"), lines(documents));
  writeFileSync(path.join(dir, "small", "queries.jsonl"), lines(questions));
  writeFileSync(path.join(dir, "small", "qrels.tsv"), "q1\tdisk\t1\n");
  for await (const _ of retrieval(new DataFolder(dir), new OutFolder(path.join(dir, "out"))));
  const written = readFileSync(path.join(dir, "out", "small", "run.tsv"), "utf8")
    .trim()
    .split("\n");

  const { memory } = await (await TestEngine.open({ http: true })).client();
  for (const { id, title, text } of documents) {
    const stored = await memory.items.$post({
      json: { key: id, content: text, ...(title === undefined ? {} : { title }) },
    });
    expect(stored.status).toBe(201);
  }
  const answered: string[] = [];
  for (const { id, text } of questions) {
    const response = await memory.query.$post({ json: { text, topK: 10 } });
    const { items } = await response.json();
    answered.push(...runLines({ query: id, answers: items }));
  }
  expect(answered).toEqual(written);
  expect(written.length).toBeGreaterThanOrEqual(questions.length);
});
