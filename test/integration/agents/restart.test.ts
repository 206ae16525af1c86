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

/** How many lives the process has begun, once there are so many. */
async function lives(context: RecordedContext, atLeast: number): Promise<number> {
  await context.reported(() => count(context, "process_started") >= atLeast);
  return count(context, "process_started");
}

describe("a resident program that ended", () => {
  it("is begun again by itself after a failure, where it asks for that, and takes its next task", async () => {
    const { body, context } = await opened("process", resident({ restart: "on-failure", restartMs: 10 }));
    expect((await failureOf(body.run(attemptOf(3), never))).reason).toBe("exit");
    await lives(context, 2);
    const { output } = await body.run(attemptOf("who"), never);
    expect(output).toBe(body.processes()[0]?.pid);
    expect(count(context, "process_started")).toBe(2);
  });

  it("is begun again and again while it cannot live", async () => {
    const { body, context } = await opened("process", resident({ restart: "on-failure", restartMs: 10 }, 1));
    await body.start();
    await lives(context, 4);
    await body.stop({ graceMs: 50 });
    expect(body.processes()).toEqual([]);
  });

  it("is begun again also when it ended well, where it asks for that always", async () => {
    const { body, context } = await opened("process", resident({ restart: "always", restartMs: 10 }));
    await failureOf(body.run(attemptOf(0), never));
    expect(await lives(context, 2)).toBe(2);
  });

  it("is begun again when it hung", async () => {
    const hanging = resident({ restart: "on-failure", restartMs: 10, heartbeatMs: 200 });
    const { body, context } = await opened("process", hanging);
    await body.start();
    expect(await lives(context, 2)).toBe(2);
  });

  it("stays down after it ended well, after the engine stopped it, and unless it asks for more", async () => {
    const cases = [
      { more: { restart: "on-failure", restartMs: 10 }, code: 0, stop: false },
      { more: { restart: "always", restartMs: 10 }, code: undefined, stop: true },
      { more: {}, code: 1, stop: false },
    ];
    for (const { more, code, stop } of cases) {
      const { body, context } = await opened("process", resident(more, code));
      await body.start();
      if (stop) await body.stop({ graceMs: 50 });
      await context.reported(({ kind }) => kind === "process_exited");
      // While another one is begun three times more, it would have been begun again.
      const other = await opened("process", resident({ restart: "always", restartMs: 10 }, 0));
      await other.body.start();
      await lives(other.context, 4);
      expect(count(context, "process_started")).toBe(1);
    }
  });

  it("is started again by somebody after it was stopped, and then looks after itself as before", async () => {
    const { body, context } = await opened("process", resident({ restart: "on-failure", restartMs: 10 }));
    await body.start();
    await body.stop({ graceMs: 50 });
    await body.start();
    await failureOf(body.run(attemptOf(3), never));
    expect(await lives(context, 3)).toBe(3);
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
