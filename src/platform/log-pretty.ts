import type { LogLevel } from "../kernel/log.ts";

const COLOURS: Record<LogLevel, number> = { debug: 90, info: 36, warn: 33, error: 31 };

export interface LogRecord {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: unknown;
}

/** One line for a person: time of day, level, message, then `name=value` pairs. */
export function prettyLine(record: LogRecord): string {
  const level = `\u001b[${COLOURS[record.level]}m${record.level.toUpperCase().padEnd(5)}\u001b[0m`;
  const head = `${record.time.slice(11, 23)} ${level} ${plain(record.message)}`;
  const pairs = Object.entries(record.fields ?? {}).map(([name, value]) => `${plain(name)}=${shown(value)}`);
  return pairs.length === 0 ? head : `${head} \u001b[90m${pairs.join(" ")}\u001b[0m`;
}

function shown(value: unknown): string {
  if (typeof value === "string" && /^[\w./:@+-]+$/.test(value)) return value;
  return plain(JSON.stringify(value) ?? "undefined");
}

/** Without control characters: text from an agent must not move the cursor or forge a second line. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
