import type { OtherVectors } from "./status.ts";

/** Why meaning is not asked for. */
export type Reason =
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "opening" }
  | {
      readonly kind: "embedding";
      readonly by: string;
      readonly embedded: number;
      readonly waiting: number;
      readonly others: readonly OtherVectors[];
    };

/** What who asks is told. */
export function excuseFor(reason: Reason): string {
  return `Answered by words alone: ${inWords(reason)}.`;
}

function inWords(reason: Reason): string {
  if (reason.kind === "failed") return reason.why;
  if (reason.kind === "opening") return "the embedder is being opened";
  const { by, embedded, waiting, others } = reason;
  if (others.length === 0) return `${String(waiting)} items are still being embedded`;
  const old = others.map((other) => `${String(other.items)} of ${other.by}`).join(" and ");
  const done = `${String(embedded)} of ${String(embedded + waiting)} items`;
  return `the embedder is another one than before: ${done} have a vector of ${by}, and those of before (${old}) are not used`;
}
