import type { Publishable } from "../events/bus.ts";
import { type Stall, stallKey } from "../kernel/watch.ts";
import type { Runtime } from "../runtime.ts";

/** What is journaled of a stall; the same one twice is journaled once. */
export function stalled({ atMs, actor, sequence, what, blockedMs, ended }: Stall): Publishable {
  const about = sequence > 0 ? { eventSequence: sequence } : {};
  return {
    type: "engine.stalled",
    subject: actor,
    idempotencykey: `engine.stalled:${atMs}:${actor}`,
    data: { actor, what, stalledAtMs: atMs, blockedMs, ended, ...about },
  };
}

/** Journals what ended the engine before, and what is left out from now on because of that. */
export async function reportStalls({ bus, stalls }: Runtime, sinceMs: number): Promise<void> {
  const recent = stalls.ended.filter(({ atMs }) => atMs >= sinceMs);
  for (const stall of recent) await bus.publish(stalled(stall));
  const now = new Set(recent.map(stallKey));
  for (const skipped of stalls.skipped()) {
    if (!now.has(stallKey(skipped))) continue;
    const { actor, sequence, what, times } = skipped;
    await bus.publish({
      type: "actor.event_skipped",
      subject: actor,
      idempotencykey: `actor.event_skipped:${actor}/${sequence}`,
      data: {
        actor,
        eventSequence: sequence,
        eventType: what,
        failures: times,
        reason: `at this event the engine's thread stood still until the process was ended, ${times} times`,
      },
    });
  }
}
