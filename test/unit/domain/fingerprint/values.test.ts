import { describe, expect, it } from "vitest";
import { Values, valueShapes } from "../../../../src/domain/fingerprint/values.ts";

/** At least one value of each shape, and what may stand after it. */
const written = [
  "https://example.test/a?b=1",
  "a.b@example.test",
  "Mon Jan 2 15:04:05 2006",
  "12 Mar 2024, 10:20",
  "Sep 9 1:02:03.5 UTC",
  "2024-03-05T10:02:00Z",
  "2024年3月5日 10时2分",
  "123e4567-e89b-12d3-a456-426614174000",
  "00:1b:44:11:3a:b7",
  "fe80:0:0:0:0:0:0:1",
  "[a::1]:80",
  "::1",
  "10.0.0.1:8080",
  "C:\\Users\\a b\\c.txt",
  "\\\\host\\share\\x",
  "~/a/b",
  "../x",
  "/srv/a",
  "<0xff",
  "≥-12.5 ms",
  "~3秒",
  "7条",
  "5天气",
];
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
const texts = written.flatMap((text) => [
  text,
  ...[...printable, "≈", "≥", "≤", "é", "中", "١"].flatMap((character) => [
    character + text.slice(1),
    character + text,
    text.slice(0, 1) + character + text.slice(1),
  ]),
]);

describe("values in a text", () => {
  it("are looked for by every shape that may begin with the character and whose part the text holds", () => {
    const missed = valueShapes.flatMap(({ begins, needs = "", shape }) =>
      texts.filter((text) => {
        shape.lastIndex = 0;
        const found = shape.exec(text)?.[0] ?? "";
        return found !== "" && !(begins.includes(text.charAt(0)) && found.includes(needs));
      }),
    );
    expect(missed).toEqual([]);
  });

  it("are of the first shape that fits", () => {
    for (const text of texts) {
      const first = valueShapes.find(({ shape }) => {
        shape.lastIndex = 0;
        return (shape.exec(text)?.[0] ?? "") !== "";
      });
      expect(new Values(text).at(0)?.as).toBe(first?.as);
    }
  });
});
