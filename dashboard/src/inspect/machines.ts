/** One message of `/ws/inspect`: the inspection protocol, as far as this page reads it. */
export interface InspectMessage {
  readonly type: string;
  readonly sessionId?: string;
  readonly createdAt?: string;
  readonly definition?: string;
  readonly event?: { readonly type: string };
  readonly snapshot?: { readonly value?: unknown; readonly status?: string; readonly context?: unknown };
  readonly count?: number;
}

/** What was seen of one machine since this page was opened. */
export interface Watched {
  readonly definition: string | undefined;
  readonly value: unknown;
  readonly status: string;
  readonly context: unknown;
  readonly lastEvent: string | undefined;
  /** Newest first; only what changed the state. */
  readonly transitions: readonly Transition[];
}

export interface Transition {
  readonly atMs: number;
  readonly event: string;
  readonly from: string;
  readonly to: string;
}

export interface Watching {
  readonly machines: ReadonlyMap<string, Watched>;
  /** Moves that this page was not told, because there were too many. */
  readonly dropped: number;
}

export const nothingWatched: Watching = { machines: new Map(), dropped: 0 };
const KEPT = 30;
const unseen: Watched = {
  definition: undefined,
  value: undefined,
  status: "active",
  context: undefined,
  lastEvent: undefined,
  transitions: [],
};

/** What is known after some more messages. */
export function heard(before: Watching, messages: readonly InspectMessage[]): Watching {
  const machines = new Map(before.machines);
  let { dropped } = before;
  for (const message of messages) {
    const { type, sessionId } = message;
    if (type === "@aios.dropped") dropped += message.count ?? 0;
    if (sessionId !== undefined) machines.set(sessionId, after(machines.get(sessionId) ?? unseen, message));
  }
  return { machines, dropped };
}

function after(seen: Watched, message: InspectMessage): Watched {
  switch (message.type) {
    case "@xstate.actor":
      return { ...seen, definition: message.definition, ...stateIn(message, seen) };
    case "@xstate.event":
      return { ...seen, lastEvent: message.event?.type };
    case "@xstate.snapshot": {
      const from = seen.value === undefined ? undefined : statePath(seen.value);
      const next = { ...seen, ...stateIn(message, seen) };
      const to = statePath(next.value);
      if (from === undefined || from === to) return next;
      const move = { atMs: Number(message.createdAt ?? 0), event: message.event?.type ?? "", from, to };
      return { ...next, transitions: [move, ...seen.transitions].slice(0, KEPT) };
    }
    default:
      return seen;
  }
}

function stateIn({ snapshot }: InspectMessage, seen: Watched): Pick<Watched, "value" | "status" | "context"> {
  return {
    value: snapshot?.value ?? seen.value,
    status: snapshot?.status ?? seen.status,
    context: snapshot?.context ?? seen.context,
  };
}

/** `{a: "b"}` as `a.b`; regions that are active side by side are joined by a bar. */
export function statePath(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([name, below]) => [name, statePath(below)].filter((part) => part !== "").join("."))
    .join(" | ");
}
