import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { type BreakerEvent, breakerMachine } from "../../../src/machines/breaker.ts";
import type { Output } from "../../../src/machines/output.ts";
import { unvisited, walk } from "../../support/machine-walk.ts";

const input = { owner: "p", policy: { failureThreshold: 3, openMs: 1_000 } };
const events = (["FAILURE", "SUCCESS", "RELAPSE", "RESET", "DEADLINE.open"] as const).map(
  (type): BreakerEvent => ({ type, at: 5_000 }),
);

describe("the breaker machine", () => {
  it("reaches every state and takes every transition it declares", () => {
    const walked = walk(breakerMachine, {
      input,
      events,
      seen: ({ value, context }) =>
        JSON.stringify([value, Math.min(context.breaker.failures, 9), Math.min(context.forgiven, 9)]),
    });
    expect(unvisited(walked)).toEqual([]);
    expect(walked.untaken).toEqual([]);
  });

  it("says in its state what its value says, whatever happens", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 40 }), (history) => {
        const actor = createActor(breakerMachine, { input }).start();
        for (const event of history) actor.send(event);
        const { value, context } = actor.getSnapshot();
        expect(context.breaker.kind).toBe(value);
      }),
    );
  });

  it("asks for its probe exactly one open time after it opened", () => {
    const outputs: Output[] = [];
    const actor = createActor(breakerMachine, { input });
    actor.on("*", (output) => outputs.push(output));
    actor.start();
    for (let count = 0; count < 3; count++) actor.send({ type: "FAILURE", at: 5_000 });
    const told = { owner: "p", to: "open", failures: 3, untilMs: 6_000 };
    expect(outputs).toEqual([
      { type: "announce", event: "breaker.changed", data: told, subject: "p", severity: "warning" },
      { type: "deadline", name: "open", atMs: 6_000 },
    ]);
  });
});
