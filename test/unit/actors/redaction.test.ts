import { describe, expect, it } from "vitest";
import { shownContext, shownEvent } from "../../../src/actors/redaction.ts";

describe("redaction", () => {
  it("shows nothing of a machine it does not know", () => {
    expect(shownContext("stranger", { a: 1 })).toEqual({});
    expect(shownContext("toString", { a: 1 })).toEqual({});
  });

  it("shows what the machine's list names, and the named members of every entry of a map", () => {
    const waiting = new Map([["t1", { task: { input: "secret" }, attempts: 2, sinceMs: 1, needs: ["t0"] }]]);
    expect(shownContext("scheduler", { maxConcurrent: 3, waiting, statistics: { secret: 1 } })).toEqual({
      maxConcurrent: 3,
      waiting: { t1: { attempts: 2, sinceMs: 1, needs: ["t0"] } },
    });
  });

  it("bounds what it shows, and says how many entries there are besides", () => {
    const active = new Map(Array.from({ length: 130 }, (_, n) => [`t${n}`, { attempt: n }]));
    const shown = shownContext("scheduler", { active }) as { readonly active: Record<string, unknown> };
    expect(Object.keys(shown.active)).toHaveLength(101);
    expect(shown.active["…"]).toBe("30 more");
    expect(shownContext("agent", { agentId: "x".repeat(500) })).toEqual({ agentId: "x".repeat(200) });
  });

  it("keeps of an unknown event the type, time and sequence", () => {
    expect(shownEvent({ type: "my.event", at: 3, sequence: 4, data: { a: 1 }, facts: {} } as { type: string })).toEqual(
      {
        type: "my.event",
        at: 3,
        sequence: 4,
      },
    );
  });

  it("keeps of a known event what its list names", () => {
    const data = { taskId: "t1", by: "ann", reason: "private" };
    expect(shownEvent({ type: "task.cancelled", data } as { type: string })).toEqual({
      type: "task.cancelled",
      data: { taskId: "t1" },
    });
  });
});
