import { describe, expect, it } from "vitest";
import { creditLesson, type OpenFailureBook, seeFailure, type Verdict } from "../../../src/domain/failure-book.ts";
import type { LessonRecord } from "../../../src/domain/lesson-union.ts";

const see = (book: OpenFailureBook, fingerprint: string, taskId: string) =>
  seeFailure(book, { fingerprint, template: `template of ${fingerprint}`, taskId, rules: 2 });

/** A book that knows one failure, which struck three tasks. */
function drafted(): OpenFailureBook {
  const book: OpenFailureBook = new Map();
  for (const taskId of ["t1", "t2", "t3"]) see(book, "f", taskId);
  return book;
}

type Told = readonly [playbookId: string, verdict: Verdict["verdict"], target?: string];

/** The lesson after these verdicts. */
function lessonAfter(...told: readonly Told[]): LessonRecord | undefined {
  const book = drafted();
  for (const [playbookId, verdict, target = "agent:a"] of told)
    creditLesson(book, { fingerprint: "f", playbookId, verdict, target });
  return book.get("f")?.lesson;
}

describe("the failure book", () => {
  it("counts distinct tasks, and begins a lesson with the third", () => {
    const book: OpenFailureBook = new Map();
    expect(see(book, "f", "t1").record).toMatchObject({ tasks: 1, lesson: undefined });
    expect(see(book, "f", "t1").record.tasks).toBe(1);
    expect(see(book, "f", "t2").drafted).toBe(false);
    const third = see(book, "f", "t3");
    expect(third).toMatchObject({ drafted: true, record: { tasks: 3, lesson: { id: "lesson-f" } } });
    expect(book.get("f")).toBe(third.record);
    expect(see(book, "f", "t4").drafted).toBe(false);
  });

  it("knows a thousand tasks by name, and counts those beyond", () => {
    const book: OpenFailureBook = new Map();
    for (let n = 0; n < 1_001; n++) see(book, "f", `t${n}`);
    const known = book.get("f");
    expect([known?.taskIds.size, known?.tasks, known?.taskIds.has("t1000")]).toEqual([1_000, 1_001, false]);
    expect(see(book, "f", "t5").record.tasks).toBe(1_001);
  });

  it("keeps failures apart by their fingerprint", () => {
    const book = drafted();
    see(book, "g", "t1");
    expect([book.get("f")?.tasks, book.get("g")?.tasks]).toEqual([3, 1]);
  });

  it("is bounded: what struck longest ago without a lesson is forgotten first", () => {
    const most = 5;
    const book = drafted();
    for (let n = 0; n < 10; n++) {
      const failure = { fingerprint: `g${n}`, template: "", taskId: "t", rules: 2 };
      seeFailure(book, failure, most);
    }
    expect([...book.keys()]).toEqual(["f", "g6", "g7", "g8", "g9"]);
    // What strikes again is new again.
    seeFailure(book, { fingerprint: "g6", template: "", taskId: "u", rules: 2 }, most);
    seeFailure(book, { fingerprint: "g10", template: "", taskId: "t", rules: 2 }, most);
    expect([...book.keys()]).toEqual(["f", "g8", "g9", "g6", "g10"]);
  });
});

describe("the remedy of a lesson", () => {
  it("is the playbook that first fixed it", () => {
    expect(lessonAfter()?.remedy).toBeUndefined();
    expect(lessonAfter(["p", "fixed"])).toMatchObject({ remedy: "p", standing: { level: "verified", fixes: 1 } });
  });

  it("is not spoken against by what never was its remedy: a lesson without one waits, however much has failed", () => {
    const vain = Array.from({ length: 9 }, (): Told => ["p", "not_fixed"]);
    expect(lessonAfter(...vain)).toMatchObject({ remedy: undefined, standing: { level: "draft", failures: 0 } });
    expect(lessonAfter(...vain, ["q", "fixed"])).toMatchObject({ remedy: "q", standing: { level: "verified" } });
  });

  it("is not judged by another playbook's outcomes while it is trusted", () => {
    const lesson = lessonAfter(["p", "fixed"], ["q", "not_fixed"], ["q", "fixed"]);
    expect(lesson).toMatchObject({ remedy: "p", standing: { fixes: 1, failures: 0 } });
  });

  it("gives way to a playbook that fixes what it no longer does, which begins its own record", () => {
    const fall: readonly Told[] = [
      ["p", "fixed"],
      ["p", "not_fixed"],
      ["p", "not_fixed"],
    ];
    expect(lessonAfter(...fall)).toMatchObject({ remedy: "p", standing: { level: "draft", fixes: 1, failures: 2 } });
    const other = lessonAfter(...fall, ["q", "fixed", "agent:b"]);
    expect(other).toMatchObject({
      remedy: "q",
      standing: { level: "verified", fixes: 1, failures: 0, targets: { "agent:b": 1 } },
    });
    const again = lessonAfter(...fall, ["q", "fixed"], ["p", "relapsed"]);
    expect(again).toMatchObject({ remedy: "q", standing: { failures: 0 } });
  });

  it("gives way also once it was disproved for good", () => {
    const vain = Array.from({ length: 9 }, (): Told => ["p", "not_fixed"]);
    expect(lessonAfter(["p", "fixed"], ...vain)?.standing.level).toBe("retired");
    expect(lessonAfter(["p", "fixed"], ...vain, ["q", "fixed"])).toMatchObject({
      remedy: "q",
      standing: { level: "verified" },
    });
  });

  it("is nobody's while there is no lesson about the failure", () => {
    const verdict: Verdict = { fingerprint: "unknown", playbookId: "p", verdict: "fixed", target: "agent:a" };
    expect(creditLesson(drafted(), verdict)).toBeUndefined();
  });
});
