import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit, EVENT_BYTES, isDeeperThan, type Publisher, utf8Length } from "../../../src/events/admit.ts";
import { AiosError } from "../../../src/kernel/errors.ts";

const operator: Publisher = { kind: "operator", name: "operator:first" };
const coder: Publisher = { kind: "agent", name: "agent:coder", agentId: "coder" };

function refusal(input: unknown, publisher: Publisher = operator, root = ""): AiosError {
  try {
    admit(input, publisher, root);
  } catch (failure) {
    if (failure instanceof AiosError) return failure;
    throw failure;
  }
  throw new Error("it was admitted");
}

/** `refusal` lets anything but a named failure through. */
function outcomeOf(input: unknown): string {
  try {
    return refusal(input).code;
  } catch (failure) {
    if (failure instanceof Error && failure.message === "it was admitted") return "admitted";
    throw failure;
  }
}

describe("admit", () => {
  it("takes a user's own type with its data, severity and subject, and names the principal", () => {
    expect(
      admit({ type: "build.finished", data: { ok: true }, severity: "warning", subject: "repo" }, operator),
    ).toEqual({
      type: "build.finished",
      data: { ok: true },
      severity: "warning",
      subject: "repo",
      source: "/principals/operator:first",
      principal: "operator:first",
    });
  });

  it("takes what an operator may report of the engine's own types", () => {
    const data = { scope: "host", resource: "cpu", value: 91, threshold: 80 };
    expect(admit({ type: "resource.high", data }, operator).data).toEqual(data);
  });

  it.each([
    ["not an object", "text", "event.invalid", ""],
    ["no type", { data: {} }, "event.invalid", "type"],
    ["a bad name", { type: "no dots" }, "event.unknown_type", "type"],
    ["one segment", { type: "build" }, "event.unknown_type", "type"],
    ["an engine's type", { type: "engine.ready", data: { startMs: 1 } }, "event.reserved", "type"],
    ["a new type in an engine's family", { type: "task.invented" }, "event.reserved", "type"],
    ["a misspelt member", { type: "a.b", dta: {} }, "event.invalid", "dta"],
    ["data that is no object", { type: "a.b", data: [1] }, "event.invalid", "data"],
    ["data that does not fit", { type: "resource.high", data: { scope: "host" } }, "event.invalid", "data.resource"],
    ["an unknown severity", { type: "a.b", severity: "loud" }, "event.invalid", "severity"],
    ["the engine's source", { type: "a.b", source: "/aios" }, "event.reserved", "source"],
    [
      "binary data",
      { specversion: "1.0", type: "a.b", id: "1", source: "/x", data_base64: "AA" },
      "event.invalid",
      "data_base64",
    ],
    ["a CloudEvent without id", { specversion: "1.0", type: "a.b", source: "/x" }, "event.invalid", "id"],
    ["another specversion", { specversion: "0.3", type: "a.b", id: "1", source: "/x" }, "event.invalid", "specversion"],
  ] as const)("refuses %s and names the place", (_, input, code, path) => {
    const failure = refusal(input);
    expect(failure.code).toBe(code);
    expect(failure.faults.map((fault) => fault.path)).toContain(path);
  });

  it("puts the place below the root it was told, so that a batch names its index", () => {
    expect(refusal({ type: "resource.high", data: {} }, operator, "[3]").faults[0]?.path).toBe("[3].data.scope");
  });

  it("refuses an event of more than 1 MiB and takes one just below", () => {
    const sized = (characters: number) => ({ type: "a.b", data: { text: "é".repeat(characters) } });
    expect(refusal(sized(EVENT_BYTES / 2)).code).toBe("event.too_large");
    expect(admit(sized(EVENT_BYTES / 2 - 64), operator).type).toBe("a.b");
  });

  it("refuses nesting that would exhaust a stack, without exhausting it", () => {
    const deep: unknown = JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`);
    expect(refusal({ type: "a.b", data: { deep } }).message).toContain("nested");
  });

  it("lets an agent speak about itself only", () => {
    expect(admit({ type: "build.finished", data: {} }, coder)).toMatchObject({
      source: "/agents/coder",
      subject: "agent/coder",
      principal: "agent:coder",
    });
    expect(refusal({ type: "a.b", subject: "agent/other" }, coder).code).toBe("event.reserved");
    expect(refusal({ type: "a.b", source: "/agents/other" }, coder).code).toBe("event.reserved");
    const reading = { scope: "agent", resource: "cpu", value: 1, threshold: 1, agentId: "coder" };
    expect(refusal({ type: "resource.high", data: reading }, coder).code).toBe("event.reserved");
  });

  it("takes a CloudEvent's extensions without keeping them, so that nobody forges sequence, cause or principal", () => {
    const forged = { sequence: 7, causationid: "x", depth: 0, principal: "engine", seal: "s" };
    const admitted = admit({ specversion: "1.0", id: "1", source: "/ci", type: "a.b", data: {}, ...forged }, operator);
    expect(Object.keys(admitted).sort()).toEqual(["data", "id", "idempotencykey", "principal", "source", "type"]);
    expect(admitted.principal).toBe("operator:first");
  });

  it("keeps one publisher's keys apart from another's", () => {
    const event = { specversion: "1.0", id: "1", source: "/agents/coder", type: "a.b", data: {} };
    expect(admit(event, coder).idempotencykey).toBe("agent:coder//agents/coder#1");
    expect(admit({ type: "a.b", idempotencykey: "k" }, operator).idempotencykey).toBe("operator:first/k");
  });

  it("never throws anything but a named failure, whatever it is given", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(outcomeOf(value)).toMatch(/^(admitted|event\.\w+)$/);
      }),
    );
  });
});

describe("measures", () => {
  it("counts the bytes that UTF-8 would take", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });

  it("counts depth in levels", () => {
    expect(isDeeperThan({ a: [1] }, 2)).toBe(false);
    expect(isDeeperThan({ a: [[1]] }, 2)).toBe(true);
  });
});
