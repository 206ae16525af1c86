import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { AiosError } from "../../kernel/errors.ts";
import { nodeHash } from "../../platform/hash.ts";
import type { Task } from "../answers.ts";
import { type Api, connect, read, segment } from "../client.ts";
import type { Call } from "../command.ts";
import { followTask } from "./follow.ts";
import type { RelayInput } from "./frames.ts";
import { noteOf } from "./notes.ts";
import { ensureEngine, type OwnEngine } from "./own-engine.ts";
import { agentOf, isRunAgent } from "./program.ts";
import type { Story } from "./story.ts";
import type { RunWish } from "./wish.ts";

export interface AttendOptions {
  readonly call: Call;
  readonly wish: RunWish;
  /** Where relays call. */
  readonly caller: string;
  /** Aborted when the caller wants the program to end. */
  readonly asked: AbortSignal;
  readonly note: (text: string) => void;
}

export interface Attended {
  /** `undefined` when it was called off before it began. */
  readonly story: Story | undefined;
  /** To be stopped by whoever attended, once everything is handed back. */
  readonly own: OwnEngine | undefined;
}

const BREATH_MS = 100;

/** Has a program run as a task and follows it to its end, from engine to engine when one is lost. */
export async function attend(options: AttendOptions): Promise<Attended> {
  const { call, asked, note } = options;
  const submission = submissionOf(options);
  let own: OwnEngine | undefined;
  try {
    for (;;) {
      own ??= await ensureEngine(call);
      if (asked.aborted) return { story: undefined, own };
      try {
        return { story: await followTask(call, submission), own };
      } catch (failure) {
        if (own !== undefined || !isGoing(failure)) throw failure;
        if (asked.aborted) return { story: undefined, own };
        note("the engine is gone; its journal is taken up again");
        await pause(BREATH_MS);
      }
    }
  } catch (failure) {
    await own?.stop("the program could not be attended");
    throw failure;
  }
}

/** Whether the engine is on its way out, or out already: whoever comes after it knows what it knew. */
function isGoing(failure: unknown): boolean {
  return failure instanceof AiosError && (failure.code === "engine.unreachable" || failure.code === "engine.stopping");
}

/** Submitting with the same key finds the same task, also in the engine after this one. */
function submissionOf({ call, wish, caller, asked, note }: AttendOptions) {
  const key = `run-${randomUUID()}`;
  const agent = agentOf(wish.program, wish.name, nodeHash);
  const input: RelayInput = { caller };
  return {
    async submit(): Promise<Task> {
      const { api } = await connect(call);
      if (wish.name !== undefined) await refuseTaken(api, agent);
      await read(api.agents.$post({ json: agent }));
      const task = await read(
        api.tasks.$post({ json: { ...wish.task, agent: agent.id, input: { ...input }, idempotencyKey: key } }),
      );
      const cancel = () => void callOff(call, task.id, String(asked.reason));
      if (asked.aborted) cancel();
      else asked.addEventListener("abort", cancel, { once: true });
      return task;
    },
    tell(...told: Parameters<typeof noteOf>) {
      const text = noteOf(...told);
      if (text !== undefined) note(text);
    },
  };
}

/** A task that has ended by itself meanwhile is not to be called off any more, and neither is one whose engine is gone. */
async function callOff(call: Call, taskId: string, reason: string): Promise<void> {
  try {
    const { api } = await connect(call);
    await read(api.tasks[":id"].cancel.$post({ param: { id: segment(taskId) }, json: { reason } }));
  } catch (failure) {
    if (!(failure instanceof AiosError)) throw failure;
  }
}

/** A name that stands for something else is not taken over, and nothing that runs is exchanged under way. */
async function refuseTaken(api: Api, agent: ReturnType<typeof agentOf>): Promise<void> {
  const known = await agentNamed(api, agent.id);
  if (known === undefined) return;
  if (!isRunAgent(known.config))
    throw new AiosError(
      "conflict",
      `There is an agent ${agent.id} that is none of \`aios run\`: choose another --name`,
    );
  if (known.running.length > 0 && JSON.stringify(known.config) !== JSON.stringify(agent.config))
    throw new AiosError("conflict", `${agent.id} runs another program just now: wait for it, or choose another --name`);
}

async function agentNamed(api: Api, id: string) {
  try {
    return await read(api.agents[":id"].$get({ param: { id: segment(id) } }));
  } catch (failure) {
    if (failure instanceof AiosError && failure.code === "agent.unknown") return undefined;
    throw failure;
  }
}
