import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineBytes } from "../../../src/platform/journal/line-bytes.ts";

function bytesOf(lines: LineBytes, group: readonly string[]): string {
  lines.clear();
  for (const line of group) lines.add(line);
  return Buffer.from(lines.bytes).toString("hex");
}

const asText = (group: readonly string[]) => Buffer.from(group.join(""), "utf8").toString("hex");

describe("the bytes of a group", () => {
  it("are those of its lines, whatever was in the group before", () => {
    const line = fc.oneof(fc.string({ unit: "grapheme", maxLength: 200 }), fc.constant("€".repeat(40_000)));
    fc.assert(
      fc.property(fc.array(fc.array(line, { maxLength: 8 }), { maxLength: 5 }), (groups) => {
        const lines = new LineBytes();
        expect(groups.map((group) => bytesOf(lines, group))).toEqual(groups.map(asText));
      }),
    );
  });

  it("are not held on to where they were many", () => {
    const lines = new LineBytes();
    for (let n = 0; n < 4; n++) lines.add("x".repeat(1_000_000));
    expect(lines.bytes.buffer.byteLength).toBeGreaterThan(4_000_000 - 1);
    expect(bytesOf(lines, ["a\n"])).toBe(asText(["a\n"]));
    expect(lines.bytes.buffer.byteLength).toBeLessThan(1_048_577);
  });
});
