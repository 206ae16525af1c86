import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Encoder } from "../../../src/events/encoder.ts";
import { encode, stamp, type Unsequenced } from "../../../src/events/envelope.ts";

/** Few values of each member, so that neighbours are often alike. */
const event = fc.record(
  {
    specversion: fc.constant("1.0" as const),
    id: fc.oneof(fc.constantFrom("a", 'a "quoted" one', "\u2028\ud800"), fc.string({ unit: "binary" })),
    source: fc.constantFrom("/aios", "/principals/o\\p"),
    type: fc.constantFrom("test.tick", "test.tock"),
    subject: fc.constantFrom("agent/a", 'agent/"b"', undefined),
    at: fc.constantFrom(0, 1_700_000_000_000),
    datacontenttype: fc.constant("application/json" as const),
    severity: fc.constantFrom("info" as const, "error" as const),
    principal: fc.constantFrom("me", "someone\nelse"),
    causationid: fc.constantFrom("cause", undefined),
    correlationid: fc.constantFrom("a", "root", "\ud800"),
    depth: fc.constantFrom(0, 1, Number.NaN),
    traceparent: fc.constantFrom("00-1", undefined),
    idempotencykey: fc.constantFrom("k", undefined),
    data: fc.dictionary(fc.string(), fc.jsonValue()),
  },
  { requiredKeys: ["specversion", "id", "source", "type", "at", "severity", "principal", "correlationid", "depth"] },
);
const alike: Unsequenced = {
  specversion: "1.0",
  id: "a",
  source: "/aios",
  type: "test.tick",
  ...stamp(1_700_000_000_000),
  datacontenttype: "application/json",
  severity: "info",
  principal: "me",
  correlationid: "a",
  depth: 0,
  data: { n: 1 },
};

function textsOf(events: readonly Unsequenced[]): readonly string[] {
  const encoder = new Encoder();
  return events.map((one, index) => encoder.encode(one, index + 1));
}

describe("an encoder", () => {
  it("gives every event the text that it has alone, whatever came before", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), fc.array(fc.nat(4), { maxLength: 20 }), (drawn, times) => {
        const stamped = drawn.map((one) => ({ ...one, ...stamp(one.at) }) as unknown as Unsequenced);
        const events = stamped.flatMap((one, index) => Array.from({ length: 1 + (times[index] ?? 0) }, () => one));
        expect(textsOf(events)).toEqual(events.map((one, index) => encode(one, index + 1)));
      }),
    );
  });

  it.each([
    ["time", stamp(1_700_000_000_001)],
    ["type", { type: "test.tock" }],
    ["source", { source: "/other" }],
    ["subject", { subject: "agent/a" }],
    ["severity", { severity: "error" }],
    ["principal", { principal: "you" }],
    ["causationid", { causationid: "c" }],
    ["depth", { depth: 1 }],
    ["traceparent", { traceparent: "00-1" }],
    ["idempotencykey", { idempotencykey: "k" }],
    ["id", { id: "b" }],
    ["correlationid", { correlationid: "b" }],
    ["data", { data: { n: 2 } }],
  ] as const)("sees that an event among others differs in its %s", (_, other) => {
    const events = [alike, alike, { ...alike, ...other } as Unsequenced, alike, alike];
    expect(textsOf(events)).toEqual(events.map((one, index) => encode(one, index + 1)));
  });
});
