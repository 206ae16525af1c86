export const NOT_ENOUGH = "not enough data";

type Number = number | null | undefined;

/** A share of one as `93.3 %`. */
export function percent(share: Number, digits = 1): string {
  return share === null || share === undefined ? NOT_ENOUGH : `${(share * 100).toFixed(digits)} %`;
}

/** A value that is per cent already. */
export function perCent(value: Number): string {
  return value === null || value === undefined ? NOT_ENOUGH : `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

export function score(value: Number): string {
  return value === null || value === undefined ? NOT_ENOUGH : value.toFixed(3);
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** A duration in the unit a person would say it in. */
export function duration(ms: Number): string {
  if (ms === null || ms === undefined) return NOT_ENOUGH;
  if (ms < 1) return ms <= 0 ? "0 ms" : `${ms.toFixed(2)} ms`;
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 60) return `${Math.floor(minutes)} min${rest(seconds % 60, "s")}`;
  const hours = minutes / 60;
  if (hours < 48) return `${Math.floor(hours)} h${rest(minutes % 60, "min")}`;
  return `${Math.floor(hours / 24)} d${rest(hours % 24, "h")}`;
}

function rest(value: number, unit: string): string {
  const whole = Math.floor(value);
  return whole === 0 ? "" : ` ${pad(whole)} ${unit}`;
}

/** How long ago, in one unit. */
export function ago(atMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - atMs) / 1000);
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** How long until then, or that it is over. */
export function until(atMs: number, nowMs: number): string {
  return atMs <= nowMs ? "due" : `in ${duration(Math.max(1000, Math.ceil((atMs - nowMs) / 1000) * 1000))}`;
}

/** The time of day as this browser's clock shows it. */
export function timeOfDay(atMs: number): string {
  const at = new Date(atMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(":");
}

/** Date and time, for a tooltip. */
export function dateTime(atMs: number): string {
  const at = new Date(atMs);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${timeOfDay(atMs)}`;
}

export function amount(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

const LONG_ID = /\b([a-z]+-)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{6}([0-9a-f]{6})\b/g;

/** A text with its long ids as `task-…e0205d`: enough to tell two apart. Where it matters the whole stands nearby. */
export function shortIds(text: string): string {
  return text.replace(LONG_ID, (_id, kind: string | undefined, end: string) => `${kind ?? ""}…${end}`);
}

/** `not_fixed` as `not fixed`. */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}
