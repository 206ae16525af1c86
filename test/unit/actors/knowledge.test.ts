import { describe, expect, it } from "vitest";
import { type Knowledge, knowledgeReflex } from "../../../src/actors/knowledge.ts";
import { type AnyEvent, is } from "../../../src/events/envelope.ts";
import { madeNow } from "../../../src/kernel/checkpointed.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { heard } from "../../support/heard.ts";
import { facts } from "../../support/story.ts";

const bounds = { wordings: 400, remembered: 200 };

/** An exception type of its own: no two are ever one failure. */
function distinct(n: number): string {
  const letters = String(n)
    .padStart(6, "0")
    .replace(/\d/g, (digit) => String.fromCharCode(65 + Number(digit)));
  return `Broken${letters}Error: it cannot go on`;
}

/** Fails a task with each message, and tells the reflex what it announced, as the journal would. */
function failed(knowledge: Knowledge, messages: Iterable<string>): readonly AnyEvent[] {
  const said: AnyEvent[] = [];
  let n = 0;
  for (const message of messages) {
    const waiting: AnyEvent[] = [
      heard("task.attempt_failed", facts.attemptFailed(`t${n++}`, 1, { error: { message } })),
    ];
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
      for (const output of knowledge.hear(event)) {
        if (output.type !== "announce") continue;
        const told = heard(output.event, output.data);
        said.push(told);
        waiting.push(told);
      }
    }
  }
  return said;
}

function* flood(count: number, frequent: string): Iterable<string> {
  for (let n = 0; n < count; n++) {
    yield distinct(n);
    if (n % 50 === 0) yield frequent;
  }
}

describe("what is known of failures", () => {
  it("reads what was written down before anything was stored or forgotten", () => {
    const knowledge = knowledgeReflex(nodeHash);
    if (knowledge.state === "none") throw new Error("what is known outlives the process");
    knowledge.state.restore({ book: [] });
    expect([knowledge.stored("lesson-x"), knowledge.forgotten("lesson-x")]).toEqual([undefined, false]);
  });

  it("is no more after thousands of distinct errors than its bounds, and each that went was said", () => {
    const knowledge = knowledgeReflex(nodeHash, bounds);
    const said = failed(knowledge, flood(6_000, "the disk is full"));
    const gone = { messages: 0, failures: 0 };
    for (const event of said) if (is(event, "failure.forgotten")) gone[event.data.what] += event.data.count;
    expect(knowledge.book().size).toBe(6_001 - gone.failures);
    expect(knowledge.book().size).toBeLessThanOrEqual(bounds.remembered);
    expect(gone.messages).toBeGreaterThanOrEqual(6_001 - bounds.wordings);
    const [lesson, ...others] = [...knowledge.book().values()].filter((record) => record.lesson !== undefined);
    expect(others).toEqual([]);
    expect(lesson).toMatchObject({ template: "the disk is full", tasks: 120 });
    if (knowledge.state === "none") throw new Error("what is known outlives the process");
    expect(JSON.stringify(madeNow(knowledge.state.snapshot())).length).toBeLessThan(1_000_000);
  });
});
