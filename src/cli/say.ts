import { sayDuration } from "./duration.ts";

/** What stands where nothing was measured. */
export const NO_DATA = "not enough data";

const two = (value: number) => String(value).padStart(2, "0");

/** A moment as the caller's own clock shows it: `2026-02-24 09:30:05`. */
export function sayMoment(atMs: number): string {
  const at = new Date(atMs);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** `3 min 5 s ago`, `in 2 h`, `now`. */
export function sayAge(atMs: number, nowMs: number): string {
  const distance = nowMs - atMs;
  if (Math.abs(distance) < 1_000) return "now";
  return distance > 0 ? `${sayDuration(distance)} ago` : `in ${sayDuration(-distance)}`;
}

/** A moment with its distance: `2026-02-24 09:30:05 (3 min ago)`; `undefined` stays that. */
export function sayWhen(atMs: number | undefined, nowMs: number): string | undefined {
  return atMs === undefined ? undefined : `${sayMoment(atMs)} (${sayAge(atMs, nowMs)})`;
}

/** A share of one as per cent. */
export function sayShare(value: number | null): string {
  return value === null ? NO_DATA : `${Number((value * 100).toFixed(1))} %`;
}

/** A number of one's own scale, as the score: at most three digits behind the point. */
export function sayNumber(value: number | null): string {
  return value === null ? NO_DATA : String(Number(value.toFixed(3)));
}

/** A share of successes with how many they were counted from. */
export function sayRate({ value, n }: { readonly value: number | null; readonly n: number }): string {
  return value === null ? NO_DATA : `${sayShare(value)} of ${n}`;
}

/** A share with the interval that it lies in. */
export function sayEstimate(
  share: { readonly mean: number; readonly low: number; readonly high: number } | null,
): string {
  return share === null ? NO_DATA : `${sayShare(share.mean)} (${sayShare(share.low)} to ${sayShare(share.high)})`;
}

/** JSON for people: short values on one line, others indented. Control characters beyond ASCII are taken out too. */
export function sayJson(value: unknown): string {
  const short = JSON.stringify(value) ?? "";
  const text = short.length <= 100 ? short : JSON.stringify(value, null, 2);
  return text.replace(/[\u007f-\u009f]/g, "\uFFFD");
}

export function sayTarget({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind}:${id}`;
}
