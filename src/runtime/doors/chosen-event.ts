import { catalog, isKnown } from "../../events/catalog.ts";
import { type AnyEvent, stamp } from "../../events/envelope.ts";
import type { EventChoice } from "../../http/shapes/remedy.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { Runtime } from "../../runtime.ts";

/**
 * The event to explain or rehearse with: one of the journal, or an imagined one that happens now.
 *
 * @throws {AiosError} `not_found` for a sequence that is not there, `event.invalid` for data that does not fit its type
 */
export async function chosenEvent(runtime: Runtime, choice: EventChoice): Promise<AnyEvent> {
  const { bus } = runtime;
  if ("sequence" in choice) {
    const { sequence } = choice;
    const event = await bus.eventAt(sequence);
    if (event !== undefined) return event;
    throw new AiosError("not_found", `the journal has no event ${sequence}; its last is ${bus.lastSequence}`);
  }
  return imagined(choice.event, runtime);
}

/** An event as it would stand in the journal if it happened now. */
export function imagined(
  { type, data, subject, severity }: Extract<EventChoice, { event: unknown }>["event"],
  { bus, ports }: Runtime,
): AnyEvent {
  const known = isKnown(type) ? catalog[type] : undefined;
  const read = known?.data.safeParse(data);
  if (read !== undefined && !read.success)
    throw new AiosError("event.invalid", `the data does not fit ${type}`, {
      faults: read.error.issues.map(({ path, message }) => ({ path: ["event.data", ...path].join("."), message })),
    });
  const id = `imagined-${ports.entropy.id()}`;
  return {
    specversion: "1.0",
    id,
    source: "/aios/imagined",
    type,
    ...(subject === undefined ? {} : { subject }),
    ...stamp(ports.clock.now()),
    datacontenttype: "application/json",
    sequence: bus.lastSequence + 1,
    severity: severity ?? known?.severity ?? "info",
    principal: "engine",
    correlationid: id,
    depth: 0,
    data: data as Readonly<Record<string, unknown>>,
  };
}
