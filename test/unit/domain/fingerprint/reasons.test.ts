import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reasonsOf } from "../../../../src/domain/fingerprint/reasons.ts";
import { FailureRecogniser } from "../../../../src/domain/fingerprint/recogniser.ts";
import { nodeHash } from "../../../../src/platform/hash.ts";

function seen(...messages: readonly string[]) {
  const recogniser = new FailureRecogniser(nodeHash);
  const ids = messages.map((message) => recogniser.see(message).id);
  return {
    recogniser,
    ids,
    why: (message: string) => {
      const explained = recogniser.explain(message);
      return reasonsOf(explained, recogniser.openings(explained.id));
    },
  };
}

describe("the reasons why a message is a failure of its own", () => {
  it("name what stood beside it, what that counted and what it would have taken", () => {
    const { why, recogniser, ids } = seen("cannot read the file", "cannot write the file");
    expect(why("cannot read the file")).toEqual([
      'Kept apart from what is equal to it otherwise, "cannot * the file": at word 2 stood write, read, where what could not be done tells failures apart (evidence 0, needed 10)',
    ]);
    expect(recogniser.standing(ids[0] ?? "")?.beside).toMatchObject([{ varies: false, others: [ids[1]] }]);
  });

  it("name only the places that do not vary, and say when nothing would be left", () => {
    const { why } = seen(...["张三", "李四", "王五"].map((name) => `用户 ${name} 没有权限写入`));
    expect(why("用户 张三 没有权限写入").slice(1)).toEqual([
      'Kept apart from what is equal to it otherwise, "用户 *": at word 2 stood 没有权限写入 (evidence 6, needed 20)',
      'Kept apart from what is equal to it otherwise, "* 没有权限写入": at word 1 stood 用户 (evidence 3, needed 20); at word 1 stood 李四, 王五, 张三 (evidence 18, needed 20)',
      'Kept apart from what is equal to it otherwise, "*": nothing would be left to say which failure it is',
    ]);
  });

  it("say that nothing is near, or that the message is too short to be compared", () => {
    const { why } = seen("disk is full", "killed");
    expect(why("disk is full")).toEqual([expect.stringContaining("No other message is equal to it but for one place")]);
    expect(why("killed")).toEqual([expect.stringContaining("So short or long a message")]);
  });
});

describe("a message that was not seen", () => {
  it.each([
    ["one place", ["user alice could not log in", "user mallory could not log in"], "user bob could not log in"],
    [
      "places that vary together",
      ["job alpha of queue red died", "job beta of queue green died", "job gamma of queue blue died"],
      "job delta of queue black died",
    ],
  ])("has the id that it would be given when it came: by %s", (_name, before, message) => {
    const { recogniser } = seen(...before);
    const explained = recogniser.explain(message);
    expect(explained).toMatchObject({ isSeen: false });
    expect(recogniser.explain(message)).toEqual(explained);
    expect(recogniser.see(message).id).toBe(explained.id);
  });

  it("is looked at without being learned from", () => {
    const words = fc.constantFrom("open", "alpha", "beta", "the", "of", "queue", "job", "42", "failed:", "/tmp/x");
    const message = fc.array(words, { minLength: 1, maxLength: 6 }).map((all) => all.join(" "));
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), message, (before, asked) => {
        const [one, other] = [seen(...before).recogniser, seen(...before).recogniser];
        other.explain(asked);
        expect(other.see(asked)).toEqual(one.see(asked));
      }),
      { numRuns: 60 },
    );
  });
});

describe("an explanation", () => {
  it("stays short however many values stood there and however long they are", () => {
    const long = "z".repeat(1_000);
    const letters = "abcdefghijklmnopqrstuvwxyz";
    const names = Array.from({ length: 200 }, (_, n) => `x${letters[n % 26]}${letters[Math.floor(n / 26)]}q`);
    const { recogniser, ids } = seen(...[...names, long].map((name) => `user ${name} could not log in`));
    const id = recogniser.resolve(ids[0] ?? "");
    const openings = recogniser.openings(id);
    expect(openings.flatMap(({ columns }) => columns.map(({ values }) => values.length))).toEqual([64]);
    const [why = ""] = reasonsOf(recogniser.standing(id), openings);
    expect(why).toContain("these 64 stood");
    expect(why).toContain("and 52 more");
    expect(why.length).toBeLessThan(1_000);
  });
});
