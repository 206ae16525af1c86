import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokensIn } from "../../../src/memory/context.ts";
import type { StoredItem } from "../../../src/memory/item.ts";
import { cleanQuery } from "../../../src/memory/ranking/clean-query.ts";
import { gramsOf } from "../../../src/memory/ranking/grams.ts";
import { LexicalIndex } from "../../../src/memory/ranking/lexical-index.ts";
import { nthLargest } from "../../../src/memory/ranking/nth-largest.ts";
import { questionOf } from "../../../src/memory/ranking/question.ts";
import { rank } from "../../../src/memory/ranking/rank.ts";
import { stem } from "../../../src/memory/ranking/stem.ts";
import { tokensOf } from "../../../src/memory/ranking/tokens.ts";

const DAY_MS = 86_400_000;
const item = (key: string, content: string, more: Partial<StoredItem> = {}): StoredItem => ({
  key,
  space: "shared",
  content,
  sharedWith: [],
  createdAtMs: 0,
  updatedAtMs: 0,
  version: 1,
  ...more,
});
const all = () => true;
const ask = (index: LexicalIndex, text: string, more: object = {}) =>
  rank(index, questionOf(text), { topK: 10, nowMs: 0, sees: all, fits: all, ...more }).map((ranked) => ranked.item.key);
const indexOf = (...items: StoredItem[]) => {
  const index = new LexicalIndex();
  for (const one of items) index.put(one);
  return index;
};

describe("the words of a text", () => {
  it.each([
    ["parseHTTPResponse", ["pars", "http", "respon", "parsehttpresponse"]],
    ["max_retry_count", ["max", "retry", "count", "max_retry_count"]],
    ["src/app/main.ts", ["src", "app", "main", "ts", "src/app/main.ts"]],
    ["ERR_42", ["err", "42", "err_42"]],
    ["the user's files.", ["the", "user", "file"]],
    ["ＥＲＲＯＲ", ["error"]],
    ["(--dry-run)", ["dry", "run", "dry-run"]],
  ])("of %s are its parts, and its whole", (text, tokens) => {
    expect(tokensOf(text)).toEqual(tokens.map((token) => (token === "respon" ? stem("response") : token)));
  });

  it("of Chinese are words and pairs, apart from the Latin beside them", () => {
    expect(tokensOf("连接timeout错误")).toEqual(expect.arrayContaining(["连接", "timeout", "错误"]));
    expect(tokensOf("磁盘空间")).toEqual(expect.arrayContaining(["磁盘", "盘空", "空间"]));
  });

  it.each([
    ["failed", "fails", "failing"],
    ["stopped", "stops", "stopping"],
    ["cached", "caches", "caching"],
    ["retries", "retry"],
    ["processes", "process"],
  ])("%s and its like meet", (...words) => {
    expect(new Set(words.map(stem)).size).toBe(1);
  });

  it("keeps short words, other scripts and words that only look inflected", () => {
    for (const word of ["ring", "red", "bus", "access", "этот", "speed"]) expect(stem(word)).toBe(word);
  });

  it("are the same whether anything else than plain letters stands beside them", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "parseHTTPResponse",
        "ERR_42",
        "it's",
        "(--dry-run)",
        "a/b.ts:3",
        "Failed",
        "C#",
        "x",
        "retries",
        "$1",
      ),
      fc.string({ unit: "binary-ascii", maxLength: 8 }),
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(" "));
    fc.assert(
      fc.property(text, (plain) => {
        expect(tokensOf(`${plain}盘`)).toEqual([...tokensOf(plain), "盘"]);
        expect(gramsOf(`${plain}盘`)).toEqual([...gramsOf(plain), "盘"]);
      }),
    );
  });

  it("share most of their character sequences with their misspelling", () => {
    const [right, wrong] = [new Set(gramsOf("authentication")), gramsOf("autentication")];
    expect(wrong.filter((gram) => right.has(gram)).length / wrong.length).toBeGreaterThan(0.7);
  });
});

describe("cleaning a query", () => {
  it("drops what every trace has and keeps what this one says", () => {
    const text = 'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g()\n    ^\nValueError: bad';
    expect(cleanQuery(text)).toBe("g()\nValueError: bad");
  });

  it("never empties a query", () => {
    fc.assert(fc.property(fc.string(), (text) => (cleanQuery(text) === "") === (text.trim() === "")));
    expect(cleanQuery("Traceback (most recent call last):")).not.toBe("");
  });
});

describe("the bar that answers have to reach", () => {
  it("is the value at that place of the falling order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        fc.integer({ min: 1, max: 60 }),
        (values, n) => {
          expect(nthLargest(Float64Array.from(values), n)).toBe(values.toSorted((a, b) => b - a)[n - 1] ?? 0);
        },
      ),
    );
  });
});

describe("the question that a trace is", () => {
  const python =
    'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    sum(total)\nOSError: no space left';
  const java = "java.io.IOException: closed\n    at a.B.c(B.java:3)\nCaused by: a.b.QuotaExceededException: full";

  it("asks twice for what the error says of itself, and once for the code beside it", () => {
    const { words } = questionOf(python);
    expect([words.get("left"), words.get("total")]).toEqual([2, 1]);
    expect(questionOf(java).words.get("clos")).toBe(2);
    expect(questionOf(java).words.get("full")).toBe(2);
  });

  it("asks once in a text that only looks like the end of one", () => {
    expect(questionOf("OSError: no space left").words.get("left")).toBe(1);
  });
});

describe("the ranking", () => {
  it("follows the memory: what was changed or removed is not found by its old words", () => {
    const index = indexOf(item("a", "apple pie"), item("b", "banana bread"));
    index.put(item("a", "cherry cake", { version: 2 }));
    index.drop("shared/b");
    expect(ask(index, "apple banana")).toEqual([]);
    expect(ask(index, "cherry")).toEqual(["a"]);
    expect(index.size).toBe(1);
  });

  it("goes on when most of what it knew was replaced", () => {
    const index = new LexicalIndex();
    for (let round = 0; round < 30; round += 1) {
      for (let n = 0; n < 100; n += 1)
        index.put(item(`k${String(n)}`, `round ${String(round)} number ${String(n)}`, { version: round + 1 }));
    }
    expect(ask(index, "number 42")[0]).toBe("k42");
    expect(index.size).toBe(100);
  });

  it("moves nothing by maturity and age that fits better by more than they may", () => {
    const index = indexOf(
      item("fits", "certificate expired on the gateway", { level: "retired" }),
      item("near", "gateway moved", { level: "hardened", updatedAtMs: 900 * DAY_MS }),
    );
    expect(ask(index, "certificate expired gateway", { nowMs: 900 * DAY_MS })[0]).toBe("fits");
  });

  it("brings forward what is proven and new, though more than it looks at closely fit a little better", () => {
    const old = Array.from({ length: 120 }, (_, n) => item(`old${String(n)}`, "queue full", { level: "retired" }));
    const proven = item("proven", "queue full again", { level: "hardened", updatedAtMs: 900 * DAY_MS });
    expect(ask(indexOf(...old, proven), "queue full", { nowMs: 900 * DAY_MS })[0]).toBe("proven");
  });

  it("does not fill an answer with the same thing said twice", () => {
    const twin = "restart the worker when its queue stalls";
    const index = indexOf(
      item("a", twin),
      item("b", twin),
      item("c", "restart the worker by hand after midnight"),
      ...Array.from({ length: 20 }, (_, n) => item(`x${String(n)}`, `unrelated text ${String(n)}`)),
    );
    const [first, , third] = ask(index, "restart the worker");
    expect([first, third]).toEqual(["a", "b"]);
  });

  it("gives a smaller answer as the beginning of a larger one, for pools of the same size", () => {
    const words = ["disk", "queue", "full", "worker", "timeout", "retry"];
    const content = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 }).map((parts) => parts.join(" "));
    fc.assert(
      fc.property(fc.array(content, { maxLength: 40 }), content, (contents, query) => {
        const index = indexOf(...contents.map((text, n) => item(`k${String(n)}`, text)));
        expect(ask(index, query, { topK: 3 })).toEqual(ask(index, query, { topK: 12 }).slice(0, 3));
      }),
    );
  });
});

describe("the budget of a context", () => {
  it("counts a Han character as a token and four others as one", () => {
    expect(tokensIn("abcdefgh")).toBe(2);
    expect(tokensIn("磁盘满")).toBe(3);
    expect(tokensIn("")).toBe(0);
  });
});
