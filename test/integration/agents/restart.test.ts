import { describe, expect, it } from "vitest";
import type { AgentReport } from "../../../src/agents/kind.ts";
import type { RecordedContext } from "../../support/agent-context.ts";
import { attemptOf, failureOf, never, opened } from "./contract.ts";

/** Ends with the code that its tasks name; on its own where `code` is given. */
const program = (code?: number) => `
  const answer = (task) => console.log(JSON.stringify({ type: "result", id: task.id, output: process.pid }));
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const task = JSON.parse(line);
    if (typeof task.input === "number") process.exit(task.input);
    else answer(task);
  });
  ${code === undefined ? "" : `process.exit(${String(code)});`}`;
const resident = (more: object, code?: number) => ({
  command: [process.execPath, "-e", program(code)],
  mode: "resident",
  graceMs: 50,
  ...more,
});

const count = (context: RecordedContext, kind: AgentReport["kind"]) =>
  context.reports.filter((report) => report.kind === kind).length;

const endsOf = (context: RecordedContext) =>
  context.reports.flatMap((report) => (report.kind === "resident_ended" ? [report] : []));
const told = (context: RecordedContext, atLeast = 1) =>
  context.reported(() => count(context, "resident_ended") >= atLeast);

describe("a resident program that ended", () => {
  it("says so once, whether it failed and how, and is begun anew by a start or a task", async () => {
    const { body, context } = await opened("process", resident({ restart: "transient" }));
    expect((await failureOf(body.run(attemptOf(3), never))).reason).toBe("exit");
    await told(context);
    expect(endsOf(context)).toMatchObject([{ failed: true, reason: expect.stringContaining("3") as string }]);
    await body.start();
    const { output } = await body.run(attemptOf("who"), never);
    expect(output).toBe(body.processes()[0]?.pid);
    expect(count(context, "process_started")).toBe(2);
    expect(endsOf(context)).toHaveLength(1);
  });

  it("says that it ended well where it did", async () => {
    const { body, context } = await opened("process", resident({ restart: "permanent" }));
    await failureOf(body.run(attemptOf(0), never));
    await told(context);
    expect(endsOf(context)).toMatchObject([{ failed: false }]);
  });

  it("says so when it hung", async () => {
    const { body, context } = await opened("process", resident({ restart: "transient", heartbeatMs: 200 }));
    await body.start();
    await told(context);
    expect(endsOf(context)).toMatchObject([{ failed: true }]);
  });

  it("says nothing after the engine stopped it, and where it asks for no supervisor", async () => {
    const cases = [
      { more: { restart: "permanent" }, code: undefined },
      { more: {}, code: 1 },
    ];
    for (const { more, code } of cases) {
      const { body, context } = await opened("process", resident(more, code));
      await body.start();
      if (code === undefined) await body.stop({ graceMs: 50 });
      await context.reported(({ kind }) => kind === "process_exited");
      // Another one, which ends later, has said so by then.
      const other = await opened("process", resident({ restart: "permanent" }, 0));
      await other.body.start();
      await told(other.context);
      expect(endsOf(context)).toEqual([]);
    }
  });

  it("is looked after again once somebody began it after it was stopped", async () => {
    const { body, context } = await opened("process", resident({ restart: "transient" }));
    await body.start();
    await body.stop({ graceMs: 50 });
    await body.start();
    await failureOf(body.run(attemptOf(3), never));
    await told(context);
    expect(endsOf(context)).toHaveLength(1);
  });
});

describe("the restart of an agent", () => {
  it.each([
    [{ mode: "one-shot", restart: "always" }, "config.restart"],
    [{ restartMs: 10 }, "config.restartMs"],
    [{ restart: "sometimes" }, "config.restart"],
  ])("is refused for %j", async (more, path) => {
    const config = { ...resident({}), ...more };
    await expect(opened("process", config)).rejects.toMatchObject({ code: "agent.invalid", faults: [{ path }] });
  });
});
