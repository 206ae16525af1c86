import { describe, expect, it } from "vitest";
import { compileTopic } from "../../../src/events/topic.ts";

describe("a topic", () => {
  it.each([
    ["task.failed", "task.failed", true],
    ["task.failed", "task.failed.again", false],
    ["task.*", "task.failed", true],
    ["task.*", "task", false],
    ["task.*", "task.failed.again", false],
    ["*.failed", "task.failed", true],
    ["task.**", "task.failed.again", true],
    ["task.**", "task", true],
    ["**", "anything.at.all", true],
    ["**.failed", "a.b.failed", true],
    ["**.failed", "a.b.failed.c", false],
    ["a.*.c", "a.b.c", true],
  ])("%s on %s is %s", (topic, type, expected) => {
    expect(compileTopic(topic)(type)).toBe(expected);
  });
});
