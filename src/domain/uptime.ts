/** When the engine was ready, folded from its own events. Plain values, oldest first. */
export interface Uptime {
  /** The first start this journal knows; before it nothing is counted. */
  readonly firstStartMs?: number;
  /** Since when it is ready; absent while it is not. */
  readonly readySinceMs?: number;
  readonly spans: readonly { readonly fromMs: number; readonly toMs: number }[];
  /** The last sign of life, which is where a crash ends a span. */
  readonly lastEventMs: number;
}

export const neverStarted: Uptime = { spans: [], lastEventMs: 0 };

const SPANS_KEPT = 1_000;

/** Any event at all shows that the engine lived at that time. */
export function alive(uptime: Uptime, atMs: number): Uptime {
  return uptime.lastEventMs === atMs ? uptime : { ...uptime, lastEventMs: atMs };
}

/** A span that no `engine.stopping` ended was ended by a crash: it counts up to the last sign of life. */
export function started(uptime: Uptime, atMs: number): Uptime {
  const ended = stopped(uptime, uptime.lastEventMs);
  return { ...ended, firstStartMs: uptime.firstStartMs ?? atMs };
}

export function ready(uptime: Uptime, atMs: number): Uptime {
  return { ...uptime, firstStartMs: uptime.firstStartMs ?? atMs, readySinceMs: uptime.readySinceMs ?? atMs };
}

export function stopped(uptime: Uptime, atMs: number): Uptime {
  const { readySinceMs, ...rest } = uptime;
  if (readySinceMs === undefined) return uptime;
  const span = { fromMs: readySinceMs, toMs: Math.max(readySinceMs, atMs) };
  return { ...rest, spans: [...uptime.spans, span].slice(-SPANS_KEPT) };
}

export interface UptimeShare {
  readonly readyMs: number;
  /** From the window's begin, or from the journal's first start when that is later, until now. */
  readonly spanMs: number;
}

export function uptimeShare(uptime: Uptime, nowMs: number, windowMs: number): UptimeShare {
  if (uptime.firstStartMs === undefined) return { readyMs: 0, spanMs: 0 };
  const fromMs = Math.max(nowMs - windowMs, uptime.firstStartMs);
  const spanMs = Math.max(0, nowMs - fromMs);
  const open = uptime.readySinceMs === undefined ? [] : [{ fromMs: uptime.readySinceMs, toMs: nowMs }];
  const readyMs = [...uptime.spans, ...open]
    .map((span) => Math.min(span.toMs, nowMs) - Math.max(span.fromMs, fromMs))
    .reduce((sum, ms) => sum + Math.max(0, ms), 0);
  return { readyMs: Math.min(readyMs, spanMs), spanMs };
}
