import { ENGINE, stamp, type Unsequenced } from "../../events/envelope.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Entropy } from "../../kernel/entropy.ts";

/** An event that the journal publishes about itself. */
export function internalEvent(
  { clock, entropy }: { readonly clock: Clock; readonly entropy: Entropy },
  type: string,
  data: unknown,
): Unsequenced {
  const id = entropy.id();
  return {
    specversion: "1.0",
    id,
    source: ENGINE,
    type,
    ...stamp(clock.now()),
    datacontenttype: "application/json",
    severity: "info",
    principal: "engine",
    correlationid: id,
    depth: 0,
    data,
  } as Unsequenced;
}
