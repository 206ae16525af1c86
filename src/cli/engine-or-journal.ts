import { AiosError } from "../kernel/errors.ts";
import type { Runtime } from "../runtime.ts";
import { type Api, connect, type Page } from "./client.ts";
import type { Call } from "./command.ts";
import { journalOf } from "./journal/source.ts";

/** What every command that asks this way says of it. */
export const alsoFromJournal =
  "Where no engine runs, the journal of the data directory is read instead, which takes a moment for a long one.";

/**
 * Asks the engine; where none answers, what the journal of the data directory tells: an engine that was never started is
 * told every event. Nothing is written and nothing is done again. Where there is no journal either, the engine's silence
 * is the failure.
 */
export async function engineOrJournal<T>(
  call: Call,
  fromEngine: (api: Api) => Promise<T>,
  fromJournal: (runtime: Runtime) => T | Promise<T>,
): Promise<T> {
  try {
    return await fromEngine((await connect(call)).api);
  } catch (silence) {
    if (!(silence instanceof AiosError) || silence.code !== "engine.unreachable") throw silence;
    return fromJournal(await replayed(call, silence));
  }
}

async function replayed(call: Call, silence: unknown): Promise<Runtime> {
  const { events, settings } = await journalOf(call).catch((): never => {
    throw silence;
  });
  // A whole engine is loaded for it, which nobody has to wait for whose engine answers.
  const [{ asleep }, { foldEvents }] = await Promise.all([import("./actors/asleep.ts"), import("../runtime/folds.ts")]);
  const runtime = await asleep(settings);
  foldEvents(runtime);
  let [first, last] = [0, 0];
  for await (const event of events()) {
    runtime.bus.replay(event);
    if (first === 0) first = event.sequence;
    last = event.sequence;
  }
  if (!call.json)
    call.terminal.err(
      `No engine answers: this is what the journal of ${settings.dataDir} tells, ${first} to ${last}.\n`,
    );
  return runtime;
}

/** The first of a list, as a page. */
export function firstOf<T>(all: readonly T[], limit: number, keyOf: (item: T) => string): Page<T> {
  const items = all.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last !== undefined && all.length > limit ? keyOf(last) : null };
}

/** @throws {AiosError} `not_found` */
export function existing<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new AiosError("not_found", `There is no ${what}`);
  return found;
}
