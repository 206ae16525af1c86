import type { EventData } from "../events/catalog.ts";
import { type AnyEvent, type Cause, is } from "../events/envelope.ts";
import { listOf, objectOf, text } from "../kernel/shape.ts";
import type { Effect, Output } from "../machines/output.ts";
import type { Reflex } from "./kind.ts";

interface Notice {
  readonly key: string;
  readonly text: string;
}

const saved = objectOf({ unsent: listOf(objectOf<Notice>({ key: text, text })) });

/**
 * Tells people when an alert of the score is raised, and when it is over. What was not delivered before the engine ended
 * is told after the next start.
 */
export function alertNotices(tell: (notice: Notice, cause: Cause) => Promise<void>): Reflex {
  const unsent = new Map<string, Notice>();
  return {
    name: "alert-notices",
    state: {
      name: "alert-notices",
      version: 1,
      snapshot: () => ({ unsent: [...unsent.values()] }),
      restore(value) {
        unsent.clear();
        for (const notice of saved(value, "alert-notices").unsent) unsent.set(notice.key, notice);
      },
    },
    listens: ["score.alert_raised", "score.alert_cleared", "notification.sent", "engine.started"],
    hear(event) {
      if (is(event, "notification.sent")) unsent.delete(event.data.key);
      if (is(event, "engine.started")) return [...unsent.values()].map(asEffect);
      const notice = noticeOf(event);
      if (notice === undefined) return [];
      unsent.set(notice.key, notice);
      return [asEffect(notice)];
    },
    perform: (effect, cause) => tell(effect.params as Notice, cause),
  };
}

function noticeOf(event: AnyEvent): Notice | undefined {
  const key = `alert/${event.sequence}`;
  if (is(event, "score.alert_raised")) {
    const { value, threshold, advice } = event.data;
    return {
      key,
      text: `[${event.severity}] ${named(event.data)}: ${value.toFixed(3)} is below ${threshold}. ${advice}`,
    };
  }
  if (is(event, "score.alert_cleared"))
    return { key, text: `over: ${named(event.data)} is at ${event.data.value.toFixed(3)}` };
  return undefined;
}

function named({ alert, of }: Pick<EventData<"score.alert_raised">, "alert" | "of">): string {
  return of === undefined ? alert : `${alert} of ${of.kind} ${of.id}`;
}

function asEffect(notice: Notice): Effect & Output {
  return { type: "effect", name: "notify", key: notice.key, params: notice };
}
