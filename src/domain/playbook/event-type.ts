import { catalog, familyOf, isKnown, reservedFamilies, typeName } from "../../events/catalog.ts";
import type { Fault } from "../../kernel/errors.ts";
import { unknownName } from "./nearest.ts";

/** Why this is neither the name of an event type nor a pattern of them. */
export function judgeEventType(eventType: string, path: string): readonly Fault[] {
  if (eventType.includes("*")) {
    const segments = eventType.split(".");
    const sound = segments.every((segment) => /^(\*|\*\*|[A-Za-z0-9_-]+)$/.test(segment));
    return sound ? [] : [{ path, message: "`*` stands for one whole segment, `**` for the rest" }];
  }
  const named = typeName.safeParse(eventType);
  if (!named.success) return [{ path, message: `"${eventType}" is no event type: ${named.error.issues[0]?.message}` }];
  if (isKnown(eventType) || !reservedFamilies.has(familyOf(eventType))) return [];
  return [{ path, message: unknownName("event type", eventType, Object.keys(catalog)) }];
}
