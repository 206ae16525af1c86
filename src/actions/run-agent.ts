import { z } from "zod";
import { json } from "../events/vocabulary.ts";
import { pause } from "../kernel/clock.ts";
import { AiosError } from "../kernel/errors.ts";
import { checkSignal, demand } from "./granted.ts";
import type { ActionKind } from "./kind.ts";
import { name } from "./params.ts";

/** Between two looks at the task. */
const LOOK_MS = 250;
const OVER: ReadonlySet<string> = new Set(["failed", "dead", "cancelled"]);

const params = z
  .strictObject({
    target: name.optional().describe("The agent that does it."),
    capability: name.optional().describe("Instead of an agent: what it must be able to do."),
    input: json.default(null).describe("What it is given."),
    timeoutMs: z.number().int().min(1).max(3_600_000).default(300_000).describe("For one attempt at it."),
    waitMs: z
      .number()
      .int()
      .min(1)
      .max(7_200_000)
      .default(600_000)
      .describe("For its end, retries and queue included."),
  })
  .refine(({ target, capability }) => (target === undefined) !== (capability === undefined), {
    message: "either `target` or `capability`",
  });
type Running = z.infer<typeof params>;

const whoOf = ({ target, capability }: Running) => target ?? capability ?? "";

/** Lets an agent do something about it: a task, and its success. */
export const runAgent: ActionKind<Running> = {
  name: "run_agent",
  summary: "Give an agent a task and wait for its end; anything but success is a failure.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: ["agent.run:*"],
  grants: (given) => [`agent.run:${whoOf(given)}`],
  // What an agent does with it is not ours to take back.
  outside: () => true,
  says: (given) => `let ${given.target === undefined ? "an agent that can" : "agent"} ${whoOf(given)} work on it`,
  async run(given, context) {
    demand([`agent.run:${whoOf(given)}`], context);
    const { clock, signal, engine, key } = context;
    const { target: agent, capability, input, timeoutMs, waitMs } = given;
    const untilMs = clock.now() + waitMs;
    const id = await engine.submitTask({ agent, capability, input, timeoutMs }, { key });
    for (;;) {
      const state = engine.task(id)?.state;
      if (state === "succeeded") return { detail: `task ${id} succeeded`, evidence: { task: id } };
      if (state === undefined || OVER.has(state))
        throw new AiosError("action.failed", `task ${id} is ${state ?? "no longer known"}`);
      if (clock.now() >= untilMs) throw new AiosError("action.failed", `task ${id} is ${state} after ${waitMs} ms`);
      await pause(clock, LOOK_MS, signal);
      checkSignal(context);
    }
  },
};
