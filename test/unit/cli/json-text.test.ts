import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJsonText } from "../../../src/cli/json-text.ts";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("JSON text", () => {
  it("is read as JSON.parse reads it, whatever it holds", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(readJsonText(text)).toMatchObject({ kind: "value", value: JSON.parse(text) });
      }),
    );
  });

  it("is broken exactly where JSON.parse refuses it", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"',
      "1",
      "-",
      "01",
      "1.",
      "1e",
      "true",
      "nul",
      " ",
      "\n",
      "\\",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const text = parts.join("");
        expect([text, readJsonText(text).kind === "value"]).toEqual([text, isJson(text)]);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['{\n  "a": 1,\n}', 3, 1, 'a member name in "quotes"'],
    ['{"a" 1}', 1, 6, '":" after "a"'],
    ["[1, 2", 1, 6, '"," or "]", but the text ends'],
    ['{"a": tru}', 1, 7, "a JSON value"],
    ["1 2", 1, 3, "nothing after the end"],
    ['"a\tb"', 1, 1, "no bare control character"],
  ])("says where %j is broken, and what was expected", (text, line, column, expected) => {
    const read = readJsonText(text);
    expect(read).toMatchObject({ kind: "broken", place: { line, column } });
    expect(read.kind === "broken" ? read.expected : "").toContain(expected);
  });

  it("knows where each member stands", () => {
    const read = readJsonText('{\n  "http": {\n    "port": 1,\n    "hosts": ["a",\n      "b"]\n  }\n}');
    const places = read.kind === "value" ? read.places : new Map();
    expect(places.get("http")).toEqual({ line: 2, column: 3 });
    expect(places.get("http.port")).toEqual({ line: 3, column: 5 });
    expect(places.get("http.hosts.1")).toEqual({ line: 5, column: 7 });
  });
});
