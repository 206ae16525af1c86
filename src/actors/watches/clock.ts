import type { Clock } from "../../kernel/clock.ts";
import { parseHttpDate } from "../../kernel/http-date.ts";
import type { Web } from "../../kernel/web.ts";
import type { Sight, Watch } from "./watch.ts";

export interface ClockSettings {
  /** An address whose answers carry the right time in their `Date`. */
  readonly reference: string;
  readonly maxSkewMs: number;
}

interface ClockDeps {
  readonly clock: Clock;
  readonly web: Web;
  /** What the machine's own clock says. */
  readonly wall: () => number;
}

const TIMEOUT_MS = 5_000;
/** `Date` has whole seconds. */
const ROUNDED_MS = 1_000;

/** The machine's clock against a reference. What the way there and back took is in doubt, and never counts as skew. */
export function clockSkew({ reference, maxSkewMs }: ClockSettings, { clock, web, wall }: ClockDeps): Watch {
  const name = "clock_skewed";
  return {
    name,
    async look() {
      const began = clock.monotonic();
      const { headers } = await web.request({ method: "HEAD", url: reference, timeoutMs: TIMEOUT_MS });
      const tookMs = clock.monotonic() - began;
      const there = parseHttpDate(headers["date"] ?? "");
      if (there === undefined) return [];
      return [sightOf(Math.round(wall() - tookMs / 2 - (there + ROUNDED_MS / 2)), tookMs / 2 + ROUNDED_MS / 2)];
    },
  };

  function sightOf(byMs: number, doubtMs: number): Sight {
    const key = `${name} ${reference}`;
    const says = `the machine's clock is ${Math.abs(byMs)} ms ${byMs > 0 ? "ahead of" : "behind"} ${reference}`;
    if (Math.abs(byMs) - doubtMs < maxSkewMs) return { key, stands: "well", says };
    const finding = { type: "watch.clock_skewed", data: { byMs, maxSkewMs, reference } } as const;
    return { key, stands: "bad", says, finding, subject: "host" };
  }
}
