import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type WorkTerms, WorkView } from "../../../../src/actors/views/work.ts";
import type { AnyEvent } from "../../../../src/events/envelope.ts";

let sequence = 0;
const event = (type: string, data: object) => ({ type, data, at: ++sequence, sequence }) as unknown as AnyEvent;
const task = (type: string, taskId: string, more: object = {}) =>
  event(type, type === "task.submitted" ? { task: { id: taskId } } : { taskId, ...more });

function fold(events: readonly AnyEvent[]): WorkView {
  const view = new WorkView();
  for (const one of events) view.apply(one);
  return view;
}

const sum = ({ done, suppressed, deadLettered, pending }: WorkTerms) => done + suppressed + deadLettered + pending;

describe("the work view", () => {
  it("says of every accepted task where it is", () => {
    const view = fold([
      ...["a", "b", "c", "d", "e"].map((id) => task("task.submitted", id)),
      task("task.succeeded", "a"),
      task("task.failed", "b", { state: "dead" }),
      task("task.failed", "c", { state: "failed" }),
      task("task.cancelled", "d"),
    ]);
    expect(view.terms().task).toEqual({ accepted: 5, done: 3, suppressed: 0, deadLettered: 1, pending: 1 });
  });

  it("counts a dead letter that was queued again as pending, and by its last end when it ends again", () => {
    const past = [task("task.submitted", "a"), task("task.failed", "a", { state: "dead" }), task("task.retried", "a")];
    expect(fold(past).terms().task).toMatchObject({ accepted: 1, deadLettered: 0, pending: 1 });
    expect(fold([...past, task("task.succeeded", "a")]).terms().task).toMatchObject({
      accepted: 1,
      done: 1,
      pending: 0,
    });
  });

  it("counts remedies that a limit kept from beginning, and reports that found no room", () => {
    const view = fold([
      event("playbook.matched", { runId: "r1" }),
      event("playbook.suppressed", { runId: "r2" }),
      event("playbook.settled", { runId: "r3", outcome: "refused" }),
      event("task.log", {}),
      event("mailbox.overflowed", { count: 41 }),
    ]);
    expect(view.terms().run).toEqual({ accepted: 3, done: 1, suppressed: 1, deadLettered: 0, pending: 1 });
    expect(view.terms().report).toEqual({ accepted: 42, done: 1, suppressed: 0, deadLettered: 41, pending: 0 });
  });

  it("accepts as many as were submitted and adds up, whatever happens in whatever order, also from a checkpoint", () => {
    const id = fc.constantFrom("a", "b", "c");
    const happening = fc.oneof(
      id.map((one) => task("task.submitted", one)),
      id.map((one) => task("task.succeeded", one)),
      id.map((one) => task("task.cancelled", one)),
      id.map((one) => task("task.retried", one)),
      fc.tuple(id, fc.constantFrom("dead", "failed")).map(([one, state]) => task("task.failed", one, { state })),
    );
    fc.assert(
      fc.property(fc.array(happening), fc.array(happening), (before, after) => {
        const lived = fold([...before, ...after]);
        const known = new Set([...before, ...after].flatMap((one) => idIfBegun(one)));
        expect(lived.terms().task.accepted).toBe(known.size);
        expect(sum(lived.terms().task)).toBe(known.size);
        const taken = new WorkView();
        taken.restore(JSON.parse(JSON.stringify(written(fold(before).snapshot()))));
        for (const one of after) taken.apply(one);
        expect(taken.terms()).toEqual(lived.terms());
      }),
    );
  });
});

function idIfBegun({ type, data }: AnyEvent): readonly string[] {
  if (type === "task.submitted") return [(data as { readonly task: { readonly id: string } }).task.id];
  return type === "task.retried" ? [(data as { readonly taskId: string }).taskId] : [];
}

/** The snapshot with everything made that is made later. */
function written(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(written);
  if (value === null || typeof value !== "object") return value;
  if ("make" in value && typeof value.make === "function") return written((value.make as () => unknown)());
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, written(member)]));
}
