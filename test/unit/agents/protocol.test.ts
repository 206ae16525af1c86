import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  addUsage,
  agentMessage,
  bounded,
  protocolJsonSchema,
  taskMessage,
  taskMessageOf,
} from "../../../src/agents/protocol.ts";

const reference = path.resolve(import.meta.dirname, "../../../docs/reference");
const page = () => readFile(path.join(reference, "agent-protocol.md"), "utf8");

/** The names in backticks of a table cell, without their question marks. */
const namesIn = (cell: string) => [...cell.matchAll(/`([\w.]+)\??`/g)].map(([, name]) => name ?? "");

async function documented(heading: string): Promise<Record<string, string[]>> {
  const section = (await page()).split(`### ${heading}`)[1]?.split(/^##/m)[0] ?? "";
  const rows = [...section.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)];
  const byType: Record<string, string[]> = {};
  for (const [, type, members] of rows) byType[type ?? ""] = namesIn(members ?? "").sort();
  return byType;
}

describe("the reference of the agent protocol", () => {
  it("has the JSON Schema that the code makes", async () => {
    const stored: unknown = JSON.parse(await readFile(path.join(reference, "agent-protocol.schema.json"), "utf8"));
    expect(stored).toEqual(protocolJsonSchema());
  });

  it("lists every message that an agent may say, with all its members", async () => {
    const known = agentMessage.options.map(({ shape }) => [
      shape.type.value,
      Object.keys(shape)
        .filter((name) => name !== "type" && name !== "id")
        .sort(),
    ]);
    expect(await documented("The agent says")).toEqual(Object.fromEntries(known));
  });

  it("lists every member of a task", async () => {
    const members = Object.keys(taskMessage.shape).filter((name) => name !== "type");
    expect(await documented("The engine says")).toEqual({ task: members.sort() });
  });

  it("shows examples that are valid", async () => {
    const examples = [...(await page()).matchAll(/^\{"type":.*\}$/gm)].map(([line]): unknown => JSON.parse(line));
    expect(examples.length).toBeGreaterThanOrEqual(3);
    const valid = examples.filter(
      (example) => taskMessage.safeParse(example).success || agentMessage.safeParse(example).success,
    );
    expect(valid).toEqual(examples);
  });
});

describe("messages", () => {
  it("of a task are what their schema says", () => {
    const message = taskMessageOf({
      taskId: "t",
      attempt: 1,
      idempotencyKey: "k",
      deadlineMs: Date.UTC(2026, 1, 24, 9, 30),
      input: { a: [null] },
      advice: [{ key: "l", title: "t", content: "c" }],
    });
    expect(taskMessage.parse(message)).toEqual(message);
    expect(message.deadline).toBe("2026-02-24T09:30:00.000Z");
  });

  it("may carry members of tomorrow", () => {
    expect(agentMessage.safeParse({ type: "heartbeat", mood: "fine" }).success).toBe(true);
  });

  it("are cut where they are too long", () => {
    expect(bounded("x".repeat(5_000))).toHaveLength(4_096);
    expect(bounded("short")).toBe("short");
  });
});

describe("usage", () => {
  it("adds up its numbers and keeps the last model", () => {
    expect(addUsage({ inputTokens: 1, model: "a" }, { inputTokens: 2, costUsd: 0.5, model: "b" })).toEqual({
      inputTokens: 3,
      costUsd: 0.5,
      model: "b",
    });
    expect(addUsage(undefined, { outputTokens: 1 })).toEqual({ outputTokens: 1 });
  });
});
