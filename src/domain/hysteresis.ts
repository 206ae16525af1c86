/** Separate thresholds, so that a value around one of them does not flap. */
export interface HysteresisSettings {
  /** At or above this, a sample speaks for high. */
  readonly high: number;
  /** At or below this, a sample speaks for normal. */
  readonly normal: number;
  /** So many samples in a row flip the side. */
  readonly samples: number;
  /** After a flip the side stays at least so long. */
  readonly holdMs: number;
}

export const defaultHysteresis: HysteresisSettings = { high: 80, normal: 70, samples: 3, holdMs: 60_000 };

export interface HysteresisState {
  readonly side: "normal" | "high";
  /** Samples in a row that spoke for the other side. */
  readonly against: number;
  readonly flippedAtMs?: number;
}

export const calm: HysteresisState = { side: "normal", against: 0 };

export interface HysteresisStep {
  readonly state: HysteresisState;
  /** The side just reached; absent when nothing changed. */
  readonly flip?: HysteresisState["side"];
}

/**
 * What one sample makes of the state. A value that was not measured (not finite) advances nothing. Two thresholds after Schmitt,
 * "A thermionic trigger", Journal of Scientific Instruments 15, 1938.
 */
export function sample(
  state: HysteresisState,
  value: number,
  atMs: number,
  settings: HysteresisSettings = defaultHysteresis,
): HysteresisStep {
  if (!Number.isFinite(value)) return { state };
  const speaks = state.side === "normal" ? value >= settings.high : value <= settings.normal;
  const against = speaks ? Math.min(state.against + 1, settings.samples) : 0;
  const held = state.flippedAtMs !== undefined && atMs - state.flippedAtMs < settings.holdMs;
  if (against < settings.samples || held) return { state: { ...state, against } };
  const flip = state.side === "normal" ? "high" : "normal";
  return { state: { side: flip, against: 0, flippedAtMs: atMs }, flip };
}
