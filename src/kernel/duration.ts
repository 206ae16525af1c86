const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `500ms`, `30s`, `1.5m`, `1h` or `2d`; `undefined` for anything else. At least one millisecond. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const ms = Math.round(Number(amount) * units[unit as keyof typeof units]);
  return ms >= 1 && Number.isSafeInteger(ms) ? ms : undefined;
}

/** The duration in the largest unit that gives a whole number: `90s`, `10m`, `1500ms`. */
export function writeDuration(ms: number): string {
  const unit = (["d", "h", "m", "s"] as const).find((name) => ms >= units[name] && ms % units[name] === 0) ?? "ms";
  return `${ms / units[unit]}${unit}`;
}
