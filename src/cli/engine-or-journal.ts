import type { AnyEvent } from "../events/envelope.ts";
import type { JournalPosition } from "../events/journal.ts";
import { AiosError } from "../kernel/errors.ts";
import { readAfter } from "../platform/journal/read.ts";
import { recall } from "../runtime/checkpoints/recall.ts";
import type { Runtime } from "../runtime.ts";
import { type Api, connect, type Page } from "./client.ts";
import type { Call } from "./command.ts";
import { checkpointsOf, type JournalSource, journalOf } from "./journal/source.ts";

/** What every command that asks this way says of it. */
export const alsoFromJournal =
  "Where no engine runs, the journal of the data directory is read instead, which takes a moment for a long one.";

/**
 * Asks the engine; where none answers, what the journal of the data directory tells: an engine that was never started is
 * told every event, or what a checkpoint holds of those that retention gave up. Nothing is written and nothing is done
 * again. Where there is no journal either, the engine's silence is the failure.
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
  const source = await journalOf(call).catch((): never => {
    throw silence;
  });
  const { dataDir } = source.settings;
  // A whole engine is loaded for it, which nobody has to wait for whose engine answers.
  const [{ asleep }, { foldEvents }] = await Promise.all([import("./actors/asleep.ts"), import("../runtime/folds.ts")]);
  const runtime = await asleep(source.settings);
  foldEvents(runtime);
  const told = await tellAll(source, runtime);
  if (!call.json) call.terminal.err(`No engine answers: this is what the journal of ${dataDir} tells, ${told}.\n`);
  return runtime;
}

/** Tells an engine's folds everything there is to know. Answers with what that was, in words. */
async function tellAll({ events, journal, settings }: JournalSource, { bus }: Runtime): Promise<string> {
  let [first, last] = [0, 0];
  const replay = (event: AnyEvent): void => {
    bus.replay(event);
    last = event.sequence;
  };
  for await (const event of events()) {
    if (first === 0) first = event.sequence;
    if (first > 1) break;
    replay(event);
  }
  if (first <= 1) return `${first} to ${last}`;
  const { dataDir, config } = settings;
  const after = (position: JournalPosition) => readAfter(journal, position);
  const taken = await recall({ store: checkpointsOf(dataDir, config), states: bus.states, after, replay });
  return `${first} to ${Math.max(taken, last)}, with a checkpoint of what was before`;
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
