import { between, durationMs, pick, type Weighted } from "./chance.ts";
import type { SeededEntropy } from "./seeded-entropy.ts";
import { type Upstream, upstreams, type Weather } from "./weather.ts";

/** How an agent of the simulation behaves. */
export type Temper =
  /** Does its work; one attempt in a hundred fails. */
  | { readonly kind: "steady" }
  /** Does its work, at times later than it is given. */
  | { readonly kind: "slow" }
  /** Fails while the service that it depends on is down. */
  | { readonly kind: "flaky"; readonly upstream: Upstream }
  /** Is refused by its provider when everybody is busy. */
  | { readonly kind: "limited" }
  /** Dies of its own mistakes. */
  | { readonly kind: "crashing" }
  /** Sometimes never answers. */
  | { readonly kind: "hanging" }
  /** A resident program that at times keeps a core busy for nothing. */
  | { readonly kind: "runaway" }
  /** A resident program that grows with every task. */
  | { readonly kind: "leaking" };

/** How one attempt goes. */
export type Course =
  | { readonly kind: "succeeds"; readonly afterMs: number }
  | { readonly kind: "fails"; readonly afterMs: number; readonly error: CourseError }
  | { readonly kind: "crashes"; readonly afterMs: number; readonly exit: CourseExit; readonly stderr: string }
  | { readonly kind: "hangs" };

export interface CourseError {
  readonly message: string;
  readonly code?: string;
  /** What a service answers with; a program says it in its message alone. */
  readonly status: number;
  readonly retryable?: boolean;
}

export interface CourseExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A service or a one-shot program keeps no state that could run away or leak. */
const stateless: readonly [Weighted<Temper["kind"]>, ...Weighted<Temper["kind"]>[]] = [
  { value: "steady", weight: 64 },
  { value: "slow", weight: 9 },
  { value: "flaky", weight: 12 },
  { value: "limited", weight: 6 },
  { value: "crashing", weight: 6 },
  { value: "hanging", weight: 3 },
];
const resident: typeof stateless = [
  { value: "steady", weight: 50 },
  { value: "runaway", weight: 30 },
  { value: "leaking", weight: 20 },
];

export function temperOf(chance: SeededEntropy, isResident: boolean): Temper {
  const kind = pick(chance, isResident ? resident : stateless);
  if (kind !== "flaky") return { kind };
  return { kind, upstream: upstreams[between(chance, 0, upstreams.length)] ?? upstreams[0] };
}

/** Decides how an attempt goes that begins now. */
export function courseOf(temper: Temper, chance: SeededEntropy, weather: Weather, nowMs: number): Course {
  switch (temper.kind) {
    case "slow":
      return { kind: "succeeds", afterMs: durationMs(chance, 90_000) };
    case "flaky":
      if (weather.isDown(temper.upstream, nowMs)) return refusedBy(temper.upstream, chance);
      break;
    case "limited":
      if (chance.random() < 0.35 * (weather.load(nowMs) - 1)) return limited(chance);
      break;
    case "crashing":
      if (chance.random() < 0.3) return crash(chance);
      break;
    case "hanging":
      if (chance.random() < 0.05) return { kind: "hangs" };
      break;
    default:
      break;
  }
  if (chance.random() < 0.01) return mistake(chance);
  return { kind: "succeeds", afterMs: durationMs(chance, 20_000) };
}

function refusedBy(upstream: Upstream, chance: SeededEntropy): Course {
  const address = `10.0.${between(chance, 0, 8)}.${between(chance, 1, 250)}:5432`;
  const error = { message: `${upstream}: connect ECONNREFUSED ${address}`, code: "ECONNREFUSED", status: 503 };
  return { kind: "fails", afterMs: between(chance, 20, 3_000), error };
}

function limited(chance: SeededEntropy): Course {
  const message = `rate limit exceeded, try again in ${between(chance, 1, 60)} s (request ${chance.secret(6)})`;
  return { kind: "fails", afterMs: between(chance, 50, 400), error: { message, status: 429, retryable: true } };
}

function mistake(chance: SeededEntropy): Course {
  const message = `the answer did not parse: unexpected token at position ${between(chance, 1, 4_000)}`;
  return { kind: "fails", afterMs: durationMs(chance, 10_000), error: { message, status: 500 } };
}

function crash(chance: SeededEntropy): Course {
  const afterMs = durationMs(chance, 8_000);
  if (chance.random() < 0.3)
    return { kind: "crashes", afterMs, exit: { code: null, signal: "SIGSEGV" }, stderr: "segmentation fault\n" };
  const stderr = `Traceback (most recent call last):\n  File "agent.py", line 88, in work\nKeyError: 'order-${between(chance, 10_000, 99_999)}'\n`;
  return { kind: "crashes", afterMs, exit: { code: 1, signal: null }, stderr };
}
