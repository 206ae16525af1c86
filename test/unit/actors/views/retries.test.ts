import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RetriesView } from "../../../../src/actors/views/retries.ts";
import type { AnyEvent } from "../../../../src/events/envelope.ts";
import { madeNow } from "../../../../src/kernel/checkpointed.ts";
import { mayRetry } from "../../../../src/resilience/retry-budget.ts";

const MINUTE_MS = 60_000;

type Kind = "arrived" | "again" | "interrupted" | "given up" | "by the reactor" | "by a person";

const told: Readonly<Record<Kind, { readonly type: string; readonly data: object }>> = {
  arrived: { type: "task.submitted", data: {} },
  again: { type: "task.attempt_failed", data: { reason: "exit", retryAtMs: 1 } },
  interrupted: { type: "task.attempt_failed", data: { reason: "interrupted", retryAtMs: 1 } },
  "given up": { type: "task.attempt_failed", data: { reason: "exit" } },
  "by the reactor": { type: "task.retried", data: { by: "reactor" } },
  "by a person": { type: "task.retried", data: { by: "operator" } },
};

const happened = fc.array(
  fc.record({
    afterMs: fc.nat(20 * MINUTE_MS),
    kind: fc.constantFrom<Kind>("arrived", "again", "interrupted", "given up", "by the reactor", "by a person"),
  }),
  { maxLength: 60 },
);

describe("what was tried again in the last hour", () => {
  it("is what a count of all events of these sixty minutes gives, also from a checkpoint on", () => {
    fc.assert(
      fc.property(happened, fc.nat(60), (steps, cut) => {
        let view = new RetriesView();
        let at = 0;
        const past: { at: number; kind: Kind }[] = [];
        for (const [index, { afterMs, kind }] of steps.entries()) {
          at += afterMs;
          past.push({ at, kind });
          view.apply({ ...told[kind], at } as AnyEvent);
          if (index !== cut) continue;
          const taken = JSON.parse(JSON.stringify(madeNow(view.snapshot())));
          view = new RetriesView();
          view.restore(taken);
        }
        const minute = (ms: number) => Math.floor(ms / MINUTE_MS);
        const recent = past.filter((one) => minute(one.at) > minute(at) - 60).map(({ kind }) => kind);
        expect(view.lastHour(at)).toEqual({
          tasks: recent.filter((kind) => kind === "arrived").length,
          retries: recent.filter((kind) => kind === "again" || kind === "by the reactor").length,
          forRemedies: recent.filter((kind) => kind === "by the reactor").length,
        });
      }),
    );
  });

  it("goes on counting in the newest minute where the clock was set back", () => {
    const view = new RetriesView();
    for (const at of [10 * MINUTE_MS, 2 * MINUTE_MS]) view.apply({ ...told.again, at } as AnyEvent);
    expect(view.lastHour(10 * MINUTE_MS)).toEqual({ tasks: 0, retries: 2, forRemedies: 0 });
  });
});

describe("the budget of further attempts", () => {
  it("is a share of what is asked for, and never less than its least", () => {
    const room = (tasks: number, retries: number) => mayRetry({ tasks, retries }, { share: 0.2, atLeast: 10 });
    expect([room(0, 9), room(0, 10), room(50, 10), room(55, 10), room(1000, 199), room(1000, 200)]).toEqual([
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
  });
});
