import type { AnyMachineSnapshot } from "xstate";
import { type AnyEvent, is } from "../events/envelope.ts";
import { type Json, toJson } from "../kernel/json.ts";
import { ActorHost, type HostDeps } from "./host.ts";
import type { ActorKind } from "./kind.ts";
import { shownContext } from "./redaction.ts";
import type { Tap } from "./tap.ts";

/** What one journaled event did to an actor. States and contexts are redacted as wherever actors are shown. */
export interface ActorMove {
  readonly sequence: number;
  readonly event: string;
  readonly type: string;
  readonly atMs: number;
  readonly subject?: string;
  /** What the machine was told, where that is not the event itself: `DEADLINE.name`, `FAILURE`. */
  readonly heard?: string;
  /** `null` before its birth. */
  readonly before: Json;
  readonly after: Json;
  readonly context: Json;
  /** The deadlines that are armed after it. */
  readonly deadlines: readonly { readonly name: string; readonly atMs: number }[];
  /** Whether the machine reached its end with it. */
  readonly ended: boolean;
}

export interface HistoryWish {
  /** `agent/coder`: the kind, a slash, the name. */
  readonly id: string;
  /** The kinds that have to be replayed for it: its own alone, or all whose states its facts are taken from. */
  readonly kinds: (host: () => ActorHost) => readonly ActorKind[];
  /** Folds that those facts are read from; told each event before the actors. */
  readonly fold?: (event: AnyEvent) => void;
}

/**
 * The moves of one actor, by replaying it from the journal's first event in a host that is never live: no deadline fires,
 * nothing is announced, no effect is performed. An actor whose birth the journal no longer holds has no moves.
 */
export async function* actorHistory(
  events: AsyncIterable<AnyEvent>,
  { id, kinds, fold }: HistoryWish,
  deps: Omit<HostDeps, "tap">,
): AsyncGenerator<ActorMove, void, void> {
  const recorder = new Recorder(id);
  const host: ActorHost = new ActorHost(
    { ...deps, tap: recorder },
    kinds(() => host),
    [],
  );
  host.begin();
  recorder.take();
  for await (const event of events) {
    fold?.(event);
    host.hear(event);
    const { told, ended } = recorder.take();
    const deadlines = told.length === 0 ? [] : host.deadlines().filter(({ actor }) => actor === id);
    for (const { heard, before, after, context } of told)
      yield {
        sequence: event.sequence,
        event: event.id,
        type: event.type,
        atMs: event.at,
        ...(event.subject === undefined ? {} : { subject: event.subject }),
        ...(heard === undefined || heard === event.type ? {} : { heard }),
        before,
        after,
        context,
        deadlines: deadlines.map(({ name, dueAtMs }) => ({ name, atMs: dueAtMs })),
        ended,
      };
  }
  await host.stop();
}

/** The kind as if there were but one actor of it: what is about others passes by. */
export function alone(kind: ActorKind, name: string): ActorKind {
  const { birth, routes, perform: _, ...rest } = kind;
  const mine = Object.entries(routes).map(([type, names]) => {
    const to = names as (event: AnyEvent) => readonly string[] | "all";
    const route = (event: AnyEvent) => {
      const wanted = to(event);
      return wanted === "all" || wanted.includes(name) ? [name] : [];
    };
    return [type, route] as const;
  });
  const only = birth === undefined ? {} : { birth: { ...birth, id: () => name, on: birth.on } };
  return { ...rest, ...only, routes: Object.fromEntries(mine) as ActorKind["routes"] };
}

/** Leaves out the births of others, which a kind that is `alone` would take for its own. */
export async function* withoutOtherBirths(
  events: AsyncIterable<AnyEvent>,
  { birth, routes }: ActorKind,
  name: string,
): AsyncGenerator<AnyEvent, void, void> {
  for await (const event of events) {
    const isBirth = birth !== undefined && event.type === birth.on;
    if (isBirth ? birth.id(event) === name : is(event, "deadline.fired") || Object.hasOwn(routes, event.type))
      yield event;
  }
}

interface Told {
  readonly heard: string | undefined;
  readonly before: Json;
  readonly after: Json;
  readonly context: Json;
}

class Recorder implements Tap {
  readonly #id: string;
  #told: Told[] = [];
  #state: Json = null;
  #ended = false;

  constructor(id: string) {
    this.#id = id;
  }

  born(id: string, _machine: unknown, snapshot: AnyMachineSnapshot): void {
    if (id === this.#id) this.#tell(undefined, snapshot);
  }

  moved(id: string, event: { readonly type: string }, snapshot: AnyMachineSnapshot): void {
    if (id === this.#id) this.#tell(event.type, snapshot);
  }

  gone(id: string): void {
    if (id === this.#id) this.#ended = true;
  }

  /** While it waits for its restart it stays where it was. */
  held(): void {}

  /** What happened since it was taken the last time. */
  take(): { readonly told: readonly Told[]; readonly ended: boolean } {
    const taken = { told: this.#told, ended: this.#ended };
    this.#told = [];
    return taken;
  }

  #tell(heard: string | undefined, snapshot: AnyMachineSnapshot): void {
    const after = toJson(snapshot.value) ?? null;
    const context = shownContext(snapshot.machine.id, snapshot.context);
    this.#told.push({ heard, before: this.#state, after, context });
    this.#state = after;
  }
}
