import type { AnyEvent } from "../events/envelope.ts";
import { compileFilter, type EventFilter } from "../events/filter.ts";
import type { Overflow } from "../events/subscription.ts";
import { asAiosError } from "../kernel/errors.ts";
import type { EventsDoor } from "./deps.ts";

export interface FollowOptions {
  readonly name: string;
  /** Begins after this sequence; without it, with what happens from now on. */
  readonly after: number | undefined;
  readonly filter: EventFilter;
  readonly capacity: number;
  readonly overflow: Overflow;
  readonly signal: AbortSignal;
}

export interface Receiver {
  /** Awaited before the next one: that is the backpressure. */
  event(event: AnyEvent): Promise<void>;
  /** So many events were lost here since this was last said. */
  dropped(count: number): Promise<void>;
  /** History is over; from here on it is live. */
  live(sequence: number): Promise<void>;
}

/** So near to the end of the journal, live events may begin to queue. */
const NEAR = 256;

/**
 * Follows the journal from a position into the present, without gap or double, until the signal aborts or the
 * receiver rejects. History never drops; live events follow the overflow policy.
 */
export async function follow(events: EventsDoor, options: FollowOptions, receiver: Receiver): Promise<void> {
  const matches = compileFilter(options.filter);
  let position = options.after ?? events.lastSequence();
  const catchUp = async (until: number) => {
    for await (const event of events.read({ after: position, until })) {
      if (options.signal.aborted) return;
      if (matches(event)) await receiver.event(event);
    }
    position = until;
  };
  while (!options.signal.aborted && events.lastSequence() - position > NEAR) await catchUp(events.lastSequence());
  if (options.signal.aborted) return;
  await followLive(events, options, receiver, catchUp, () => position);
}

async function followLive(
  events: EventsDoor,
  options: FollowOptions,
  receiver: Receiver,
  catchUp: (until: number) => Promise<void>,
  position: () => number,
): Promise<void> {
  const history = gate();
  const over = gate();
  let told = 0;
  let failure: Error | undefined;
  using subscription = events.subscribe(
    options.filter,
    async (event) => {
      await history.opened;
      // An event may be both durable at the moment of subscribing and still about to be dispatched.
      if (options.signal.aborted || event.sequence <= position()) return;
      try {
        if (subscription.dropped > told) {
          const count = subscription.dropped - told;
          told = subscription.dropped;
          await receiver.dropped(count);
        }
        await receiver.event(event);
      } catch (thrown) {
        failure = asAiosError(thrown);
        over.open();
      }
    },
    { name: options.name, capacity: options.capacity, overflow: options.overflow },
  );
  options.signal.addEventListener("abort", over.open, { once: true });
  try {
    await catchUp(events.lastSequence());
    await receiver.live(position());
    history.open();
    if (!options.signal.aborted) await over.opened;
  } finally {
    history.open();
    options.signal.removeEventListener("abort", over.open);
  }
  if (failure !== undefined) throw failure;
}

function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
