import type { Draft } from "./envelope.ts";

/** Whose mail an event is: the agent it comes from or is about, else its subject, else its publisher's events of its type. */
export function addresseeOf({ data, subject, principal = "engine", type }: Draft): string {
  if (principal.startsWith("agent:")) return `agent/${principal.slice("agent:".length)}`;
  const agent = agentIn(data) ?? agentIn(memberOf(data, "task"));
  if (agent !== undefined) return `agent/${agent}`;
  return subject ?? `${principal} ${type}`;
}

/** Of several at once: the one that all are for, else their publisher's batches. */
export function addresseeOfAll(drafts: readonly Draft[]): string {
  const [first] = drafts;
  if (first === undefined) return "nobody";
  const addressee = addresseeOf(first);
  const isShared = drafts.every((draft) => draft === first || addresseeOf(draft) === addressee);
  return isShared ? addressee : `${first.principal ?? "engine"} batches`;
}

/** Rough size of a JSON value in characters. Counting ends where it is more than `enough`. */
export function roughSize(value: unknown, enough = 1_048_576): number {
  if (typeof value === "string") return value.length + 2;
  if (value === null || typeof value !== "object") return 6;
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (size > enough) return size;
      size += 1 + roughSize(item, enough - size);
    }
    return size;
  }
  const members = value as Readonly<Record<string, unknown>>;
  for (const name in members) {
    if (size > enough) return size;
    size += name.length + 4 + roughSize(members[name], enough - size);
  }
  return size;
}

function agentIn(data: unknown): string | undefined {
  const id = memberOf(data, "agentId");
  return typeof id === "string" ? id : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return value !== null && typeof value === "object" ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
