import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode, endGroup, sequenced } from "../../../src/events/envelope.ts";
import { isoTime, parseIsoTime } from "../../../src/kernel/iso-time.ts";
import { heard } from "../../support/heard.ts";

describe("an event on its way to the journal and back", () => {
  it("comes back as it was, whatever its text holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 0, max: 4e12 }), (reason, at) => {
        const event = heard("engine.stopping", { reason }, at);
        expect(decode(encode(event, event.sequence))).toEqual(event);
      }),
    );
  });

  it("keeps every member that it may have, and none that it has not", () => {
    const optional = { subject: "engine", causationid: "c", traceparent: "00-1-2-01", idempotencykey: "k" };
    const bare = heard("engine.stopping", { reason: "x" });
    expect(decode(encode({ ...bare, ...optional }, 1))).toEqual({ ...bare, ...optional, sequence: 1 });
    for (const name of Object.keys(optional)) expect(encode(bare, 1)).not.toContain(name);
  });

  it("has one shape for every reader, and no member that it was not given", () => {
    const { sequence: _, ...bare } = heard("engine.stopping", { reason: "x" });
    const placed = sequenced(bare, 7);
    const full = sequenced({ ...bare, subject: "engine", causationid: "c", idempotencykey: "k", traceparent: "t" }, 8);
    expect(placed).toEqual({ ...bare, sequence: 7 });
    expect(Object.keys(placed)).toEqual(Object.keys(full));
    expect(JSON.parse(JSON.stringify(placed))).toEqual({ ...bare, sequence: 7 });
    expect(encode(placed, 7)).toBe(encode(bare, 7));
    expect(full).toMatchObject({ subject: "engine", causationid: "c", idempotencykey: "k", traceparent: "t" });
  });

  it("comes back without the marks of the journal, and with what its data says in the same words", () => {
    const plain = heard("engine.stopping", { reason: "x" });
    const alike = { ...plain, data: { reason: ',"commit":3}', commit: 4, seal: "s" } };
    for (const event of [plain, alike]) {
      const marked = endGroup(encode(event, 1), 12);
      const sealed = `${marked.slice(0, -1)},"seal":"${"0".repeat(64)}"}`;
      for (const line of [marked, sealed]) expect(decode(line)).toEqual({ ...event, sequence: 1 });
    }
  });

  it("never spans two lines", () => {
    const event = heard("engine.stopping", { reason: "a\nb\r\u2028" });
    expect(encode(event, 1).split("\n")).toHaveLength(1);
  });

  it.each(["", "{", "[]", "null", '{"type":1}', '{"type":"a.b","sequence":1,"time":"yesterday","data":{}}'])(
    "is refused when the line is %s",
    (line) => {
      expect(decode(line)).toBeUndefined();
    },
  );
});

describe("times without a calendar library", () => {
  it("are those of the platform for every millisecond of four thousand years", () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 64_060_588_800_000 }), (ms) => {
        expect(isoTime(ms)).toBe(new Date(ms).toISOString());
        expect(parseIsoTime(isoTime(ms))).toBe(ms);
      }),
    );
  });

  it("understand offsets and refuse what is no time", () => {
    expect(parseIsoTime("2026-02-24T10:30:00+01:00")).toBe(Date.parse("2026-02-24T09:30:00Z"));
    for (const text of [
      "24.02.2026",
      "2026-02-2xT09:30:00.125Z",
      "2026-02-24T09:30:00,125Z",
      "2026-02-24 09:30:00.125Z",
    ])
      expect(parseIsoTime(text)).toBeUndefined();
  });
});
