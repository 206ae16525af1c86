import fc from "fast-check";
import { expect } from "vitest";
import { file, playbook, rulesOf } from "./sample.ts";

const elsewhere = [{ event: { type: "task.failed" }, expect: "no_match" }];
const value = fc.constantFrom<unknown>(0, 1, 2, "x", "y", true, null);
const path = fc.constantFrom("event.data.a", "event.data.b", "event.data.c.d");
export const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    fc.record({ path, eq: value }),
    fc.record({ path, in: fc.array(value, { minLength: 1, maxLength: 3 }) }),
    fc.record({ path, ne: value }),
    fc.record({ path, exists: fc.boolean() }),
    fc.record({ all: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie("tree") }),
  ),
}));
export const eventData = fc.record(
  { a: value, b: value, c: fc.record({ d: value }, { requiredKeys: [] }) },
  { requiredKeys: [] },
);

/** Rules of these conditions, each in a file of its own. */
export function setOf(conditions: readonly unknown[], eventType: (index: number) => string) {
  const made = rulesOf(
    ...conditions.map((one, index) => {
      const trigger = { event_type: eventType(index), conditions: one };
      return file(playbook({ id: `p${String(index).padStart(2, "0")}`, trigger, tests: elsewhere }), `${index}.json`);
    }),
  );
  expect(made.refused).toEqual([]);
  return made;
}
