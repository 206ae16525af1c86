import { type ActorMove, actorHistory, alone, type HistoryWish, withoutOtherBirths } from "../actors/actor-history.ts";
import { agentActors } from "../actors/agent.ts";
import type { ActorKind } from "../actors/kind.ts";
import { reactorActor } from "../actors/reactor.ts";
import { schedulerActor } from "../actors/scheduler.ts";
import { Views } from "../actors/views/views.ts";
import { HistoryBook } from "../domain/playbook/history/book.ts";
import type { AnyEvent } from "../events/envelope.ts";
import type { ActorMoveView } from "../http/shapes/engine.ts";
import { AiosError } from "../kernel/errors.ts";
import type { Runtime } from "../runtime.ts";
import { FactFinder } from "./facts.ts";

/** The moves after a sequence, at most so many events' worth. */
export interface Range {
  readonly after: number;
  readonly limit: number;
}

export interface HistoryPage {
  readonly items: ActorMoveView[];
  /** The sequence after which there is more. */
  readonly next: string | null;
}

/**
 * What the events of a journal did to one actor, oldest first. The runtime need not be started, and nothing of it changes.
 *
 * @throws {AiosError} `not_found` where the events tell of no such actor, and none runs; where its beginning is not among them
 */
export async function historyOf(
  runtime: Runtime,
  events: AsyncIterable<AnyEvent>,
  id: string,
  { after, limit }: Range,
): Promise<HistoryPage> {
  const items: ActorMove[] = [];
  let seen = false;
  let first = 1;
  const begun = runtime.host.kinds.some(({ name, permanent }) => id === `${name}/${permanent?.id}`);
  const held = fromTheFirst(events, (sequence) => {
    first = sequence;
    if (begun && first > 1) throw untold(id, first);
  });
  for await (const move of movesOf(runtime, held, id)) {
    seen = true;
    if (move.sequence <= after) continue;
    const last = items.at(-1)?.sequence;
    // What one event did in several moves is never parted between two pages.
    if (items.length >= limit && move.sequence !== last) return { items: items.map(shown), next: String(last) };
    items.push(move);
  }
  if (!seen && first > 1) throw untold(id, first);
  if (!seen && runtime.host.snapshot(id) === undefined)
    throw new AiosError("not_found", `There is no actor ${id}, and the journal tells of none`);
  return { items: items.map(shown), next: null };
}

/** An actor's moves follow from its beginning: without that nothing of them is known. */
function untold(id: string, first: number): AiosError {
  return new AiosError(
    "not_found",
    `The journal begins with event ${first} and does not hold the beginning of ${id}: its moves cannot be told`,
  );
}

async function* fromTheFirst(
  events: AsyncIterable<AnyEvent>,
  first: (sequence: number) => void,
): AsyncGenerator<AnyEvent, void, void> {
  let begun = false;
  for await (const event of events) {
    if (!begun) first(event.sequence);
    begun = true;
    yield event;
  }
}

function shown({ deadlines, ...move }: ActorMove) {
  return { ...move, deadlines: deadlines.map((one) => ({ ...one })) };
}

function movesOf(runtime: Runtime, events: AsyncIterable<AnyEvent>, id: string): AsyncIterable<ActorMove> {
  const { bus, host, ports } = runtime;
  const slash = id.indexOf("/");
  const [kindName, name] = [id.slice(0, Math.max(0, slash)), id.slice(slash + 1)];
  const kind = host.kinds.find((one) => one.name === kindName);
  if (kind === undefined) {
    const known = host.kinds.map((one) => `${one.name}/…`).join(", ");
    throw new AiosError("not_found", `There is no actor ${id}: ids begin with ${known}`);
  }
  // The engine's own bus: a host that never goes live publishes nothing.
  const deps = { bus, clock: ports.clock, log: ports.log, hash: ports.hash };
  if (kind.facts !== undefined) return actorHistory(events, companyOf(runtime, id), deps);
  const wish = { id, kinds: (): readonly ActorKind[] => [alone(kind, name)] };
  return actorHistory(withoutOtherBirths(events, kind, name), wish, deps);
}

/** Scheduler and reactor decide on facts about agents and tasks, which are replayed beside them. */
function companyOf({ config, dispatcher, functions }: Runtime, id: string): HistoryWish {
  const views = new Views();
  const { agents, tasks } = views;
  const facts = new FactFinder({ views, before: (event) => new HistoryBook().before(event) });
  const isPresent = (agentId: string) => agents.get(agentId)?.spec.kind !== "function" || functions.has(agentId);
  return {
    id,
    fold: (event) => views.apply(event),
    kinds: (host) => [
      agentActors,
      schedulerActor({ maxConcurrent: config.tasks.maxConcurrent, host, agents, tasks, dispatcher, isPresent }),
      reactorActor(config.reactor.limits, (agentId) => facts.group(agentId)),
    ],
  };
}
