import { describe, expect, it } from "vitest";
import { fieldTerms } from "../../../src/memory/glossary/field-terms.ts";
import { Glossary } from "../../../src/memory/glossary/glossary.ts";
import { readGlossary } from "../../../src/memory/glossary/read.ts";
import { questionOf } from "../../../src/memory/ranking/question.ts";
import { tokensOf } from "../../../src/memory/ranking/tokens.ts";

const own = new Glossary(fieldTerms);
const translated = (text: string, glossary = own) => glossary.translate(text, tokensOf(text));

describe("the glossary", () => {
  it("has at least four hundred words of this field, each said once", () => {
    const chinese = fieldTerms.flatMap((entry) => entry.chinese);
    expect(chinese.length).toBeGreaterThanOrEqual(400);
    expect(chinese.filter((word, at) => chinese.indexOf(word) !== at)).toEqual([]);
  });

  it("finds words inside a Chinese sentence, the longest that fits", () => {
    expect(translated("代理超时怎么办")).toEqual(["proxy", "agent", "timeout", "timed out"]);
    expect(translated("磁盘空间不够")).toEqual(["disk space"]);
  });

  it("finds English words in any of their forms, and several together", () => {
    expect(translated("the certificates")).toEqual(["证书"]);
    expect(translated("out of memory again")).toEqual(expect.arrayContaining(["内存不足", "内存溢出"]));
    expect(translated("nothing of the kind")).toEqual([]);
  });

  it("asks for a translation at half the weight of what was asked, and never twice", () => {
    const { words } = questionOf("超时 timeout proxy", own);
    expect(words.get("timeout")).toBe(1);
    expect(words.get("代理")).toBe(0.5);
  });

  it("takes a user's own lines beside the built-in ones", () => {
    const glossary = new Glossary([
      ...fieldTerms,
      ...readGlossary("# ours\n\n飞轮，转轮 = flywheel, fly wheel\n", "own.txt"),
    ]);
    expect(translated("转轮停了", glossary)).toEqual(["flywheel", "fly wheel"]);
  });

  it.each([
    ["超时 timeout", /own\.txt:2: one `=` parts/],
    ["超时 = timeout = late", /own\.txt:2: one `=` parts/],
    ["timeout = 超时", /own\.txt:2: left of the `=` stand Chinese words/],
    ["超时 =", /own\.txt:2: right of the `=` stand English words/],
  ])("names file and line of %s", (line, message) => {
    expect(() => readGlossary(`磁盘 = disk\n${line}\n`, "own.txt")).toThrow(message);
  });
});
