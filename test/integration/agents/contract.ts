import { describe, expect, it, onTestFinished } from "vitest";
import { openAgent } from "../../../src/agents/index.ts";
import type { AgentBody, Attempt } from "../../../src/agents/kind.ts";
import { AttemptFailure } from "../../../src/agents/kind.ts";
import type { Json } from "../../../src/kernel/json.ts";
import { type RecordedContext, recordedContext } from "../../support/agent-context.ts";

/** One kind of agent under test; its agents do what the input's `do` says (see test/fixtures/agents/agent.mjs). */
export interface Subject {
  readonly kind: string;
  /** Configuration of an agent; called within the test, so that what it starts can be closed at the test's end. */
  config(): Promise<unknown>;
  /** How many attempts are worked on, seen from outside the agent's body. */
  working(context: RecordedContext): Promise<number>;
}

let tasks = 0;

export function attemptOf(input: Json, more: Partial<Attempt> = {}): Attempt {
  tasks += 1;
  const taskId = `task-${tasks}`;
  return {
    taskId,
    attempt: 1,
    idempotencyKey: `key-${tasks}`,
    deadlineMs: Date.now() + 60_000,
    input,
    advice: [],
    ...more,
  };
}

export const never = new AbortController().signal;

/** The failure that a run rejects with. */
export async function failureOf(run: Promise<unknown>): Promise<AttemptFailure> {
  const failure = await run.then(
    () => new Error("the attempt succeeded"),
    (reason: unknown) => reason,
  );
  if (failure instanceof AttemptFailure) return failure;
  throw failure;
}

export async function opened(kind: string, config: unknown): Promise<{ body: AgentBody; context: RecordedContext }> {
  const context = await recordedContext();
  const body = await openAgent(kind, config, context);
  onTestFinished(() => body.close());
  return { body, context };
}

/** What every kind of agent promises; see the invariants in src/agents/kind.ts. */
export function describeAgentContract(name: string, subject: Subject): void {
  const open = async () => opened(subject.kind, await subject.config());
  const hanging = async (context: RecordedContext) => {
    await context.reported((report) => report.kind === "progress" && report.message === "hanging");
  };

  describe(`the agent contract, kept by ${name}`, () => {
    it.each<Json>([null, true, 0.5, "text \u2028 ✓", [1, [2]], { a: { b: null } }])("hands back %j", async (value) => {
      const { body } = await open();
      expect((await body.run(attemptOf({ do: "echo", value }), never)).output).toEqual(value);
    });

    it("gives the agent the whole task", async () => {
      const { body } = await open();
      const attempt = attemptOf(
        { do: "tell" },
        {
          attempt: 2,
          deadlineMs: Date.now() + 90_000,
          advice: [{ key: "lesson-1", title: "Look first", content: "The file may be missing." }],
          traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        },
      );
      const { output } = await body.run(attempt, never);
      expect(output).toMatchObject({
        attempt: 2,
        idempotencyKey: attempt.idempotencyKey,
        advice: [{ key: "lesson-1", title: "Look first", content: "The file may be missing." }],
      });
    });

    it("fails with the agent's own message, code and word on trying again", async () => {
      const { body } = await open();
      const failure = await failureOf(body.run(attemptOf({ do: "fail" }), never));
      expect(failure.reason).toBe("error");
      expect(failure.facts).toMatchObject({ message: "no luck", code: "ENOLUCK", retryable: false });
    });

    it("reports what the agent says meanwhile, and sums what it used", async () => {
      const { body, context } = await open();
      const attempt = attemptOf({ do: "report" });
      const { usage } = await body.run(attempt, never);
      const of = { taskId: attempt.taskId, attempt: 1 };
      expect(context.reports).toEqual(
        expect.arrayContaining([
          { kind: "progress", ...of, ratio: 0.5, message: "half way" },
          { kind: "usage", ...of, usage: { inputTokens: 3, costUsd: 0.5 } },
          { kind: "log", ...of, level: "info", message: "hello" },
        ]),
      );
      expect(usage).toEqual({ inputTokens: 7, costUsd: 0.5, model: "m" });
    });

    it.each(["timeout", "cancelled", "interrupted"] as const)(
      "settles an attempt that is aborted as %s only when nothing of it works on",
      async (reason) => {
        const { body, context } = await open();
        const abort = new AbortController();
        const failing = failureOf(body.run(attemptOf({ do: "hang" }), abort.signal));
        await hanging(context);
        expect(await subject.working(context)).toBeGreaterThan(0);
        abort.abort(reason);
        const failure = await failing;
        expect(failure.reason).toBe(reason);
        expect(failure.facts.retryable).toBe(reason !== "cancelled");
        expect(await subject.working(context)).toBe(0);
      },
    );

    it("does not begin an attempt that was aborted before", async () => {
      const { body, context } = await open();
      const failure = await failureOf(body.run(attemptOf({ do: "echo", value: 1 }), AbortSignal.abort("cancelled")));
      expect(failure.reason).toBe("cancelled");
      expect(context.reports).toEqual([]);
    });

    it("runs several attempts at once without mixing them up", async () => {
      const { body } = await open();
      const outputs = await Promise.all(
        [1, 2, 3, 4].map(async (value) => (await body.run(attemptOf({ do: "echo", value }), never)).output),
      );
      expect(outputs).toEqual([1, 2, 3, 4]);
    });

    it("stops what is under way as interrupted, and works again afterwards", async () => {
      const { body, context } = await open();
      const failing = failureOf(body.run(attemptOf({ do: "hang" }), never));
      await hanging(context);
      const report = await body.stop({ graceMs: 50 });
      expect(report.remaining).toEqual([]);
      expect((await failing).reason).toBe("interrupted");
      expect(await subject.working(context)).toBe(0);
      expect(body.processes()).toEqual([]);
      expect((await body.run(attemptOf({ do: "echo", value: "back" }), never)).output).toBe("back");
    });

    it("leaves nothing behind when it is closed, and refuses to run then", async () => {
      const { body, context } = await open();
      const failing = failureOf(body.run(attemptOf({ do: "hang" }), never));
      await hanging(context);
      await body.close();
      expect((await failing).reason).toBe("interrupted");
      expect(await subject.working(context)).toBe(0);
      expect((await failureOf(body.run(attemptOf({ do: "echo", value: 1 }), never))).reason).toBe("interrupted");
    });

    it("has nothing to stop when nothing runs, and lets itself be started and closed twice", async () => {
      const { body } = await open();
      expect(await body.stop({ graceMs: 50 })).toEqual({ ended: [], remaining: [], signal: "none" });
      await body.start();
      await body.start();
      await body.close();
      await body.close();
    });

    it("names the place of a mistake in its configuration", async () => {
      const config = await subject.config();
      const context = await recordedContext();
      const misspelt = openAgent(subject.kind, { ...Object(config), colour: "red" }, context);
      await expect(misspelt).rejects.toMatchObject({
        code: "agent.invalid",
        faults: [{ path: "config.colour", message: expect.any(String) }],
      });
    });
  });
}
