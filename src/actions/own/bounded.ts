import { pause } from "../../kernel/clock.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { ActionContext } from "../kind.ts";

/** Whose work it is, and how long it may take. */
export interface Bound {
  readonly name: string;
  readonly member: "prepare" | "run" | "undo";
  readonly limitMs: number;
}

/**
 * Does what a user's own code does, for as long as it may. Nothing can end a promise from outside: once its time is over
 * its signal is aborted, and whatever it asks of the engine's ports afterwards is refused.
 */
export async function bounded<T>(
  { name, member, limitMs }: Bound,
  context: ActionContext,
  work: (context: ActionContext) => T | Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const ended = new AbortController();
  const late = new AiosError("action.failed", `${name}: ${member} did not end within ${limitMs} ms`);
  const signal = AbortSignal.any([context.signal, over.signal]);
  const tooLate = pause(context.clock, limitMs, ended.signal).then(() => {
    if (ended.signal.aborted) return undefined as never;
    over.abort(late);
    throw late;
  });
  tooLate.catch(() => undefined);
  const begun = (async () => work(closing(context, signal, over.signal)))();
  begun.catch(() => undefined);
  try {
    return await Promise.race([begun, tooLate]);
  } finally {
    ended.abort();
  }
}

function closing(context: ActionContext, signal: AbortSignal, over: AbortSignal): ActionContext {
  const { processes, web, files, engine } = context;
  return {
    ...context,
    signal,
    processes: closed(processes, over),
    web: closed(web, over),
    files: closed(files, over),
    engine: closed(engine, over),
    secret(name) {
      over.throwIfAborted();
      return context.secret(name);
    },
  };
}

/** The port, until the time is over. */
function closed<T extends object>(port: T, over: AbortSignal): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...given: readonly unknown[]): unknown => {
        over.throwIfAborted();
        return Reflect.apply(member, target, given);
      };
    },
  });
}
