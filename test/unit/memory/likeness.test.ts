import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { claimOf } from "../../../src/memory/likeness/claim.ts";
import { judge, type Likeness } from "../../../src/memory/likeness/judge.ts";

interface Pair {
  readonly a: string;
  readonly b: string;
  readonly kind: Likeness["kind"];
}

const kinds: Readonly<Record<string, Likeness["kind"]>> = { "=": "duplicate", "!": "contradiction", "~": "other" };

function pairsOf(name: string): readonly Pair[] {
  const file = path.resolve(import.meta.dirname, `../../fixtures/memory/lesson-pairs-${name}.txt`);
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, sign = "", a = "", b = ""] = /^([=!~]) (.+) \|\| (.+)$/.exec(line) ?? [];
      const kind = kinds[sign];
      return kind === undefined ? [] : [{ a, b, kind }];
    });
}

function measured(pairs: readonly Pair[], kind: Likeness["kind"]) {
  const judged = pairs.map((pair) => ({ ...pair, said: judge(claimOf(pair.a), claimOf(pair.b)) }));
  const said = judged.filter((pair) => pair.said.kind === kind);
  const right = said.filter((pair) => pair.kind === kind);
  const labelled = pairs.filter((pair) => pair.kind === kind).length;
  return { precision: right.length / said.length, recall: right.length / labelled, said: said.length, labelled };
}

describe("what two lessons are to each other", () => {
  it.each(["worked", "held-out"])("is judged with a precision of at least .9 on the %s pairs", (name) => {
    const pairs = pairsOf(name);
    expect(pairs.length).toBeGreaterThanOrEqual(30);
    for (const kind of ["duplicate", "contradiction"] as const) {
      const { precision, recall, said, labelled } = measured(pairs, kind);
      console.log(
        `${name} ${kind}: precision ${precision.toFixed(3)} of ${said}, recall ${recall.toFixed(3)} of ${labelled}`,
      );
      expect(precision).toBeGreaterThanOrEqual(0.9);
    }
  });

  it("does not depend on which of the two comes first", () => {
    for (const { a, b } of [...pairsOf("worked"), ...pairsOf("held-out")])
      expect([a, b, judge(claimOf(b), claimOf(a)).kind]).toEqual([a, b, judge(claimOf(a), claimOf(b)).kind]);
  });

  it("takes a lesson's own word for it that it says what to avoid", () => {
    const text = "Retry the upload at once";
    expect(judge(claimOf(text, "avoid"), claimOf(text)).kind).toBe("contradiction");
    expect(judge(claimOf(text, "avoid"), claimOf("Do not retry the upload at once")).kind).toBe("duplicate");
  });
});
