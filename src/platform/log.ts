import type { Log, LogFields, LogLevel } from "../kernel/log.ts";
import { prettyLine } from "./log-pretty.ts";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Names whose values never reach a log. Counts such as `input_tokens` and ids such as `tokenId` are not secrets. */
const SECRET_NAME = /(?:token|secret|password|passwd|authorization|cookie|api[-_]?key|private[-_]?key)$/i;
const REDACTED = "[redacted]";
const DEEPEST = 6;

export interface LogOptions {
  /** The least level that is written; `info` unless told. */
  readonly level?: LogLevel;
  /** One JSON object a line for machines, or a short coloured line for a person at a terminal. */
  readonly format?: "json" | "pretty";
  /** Takes one line without its newline; writes to stderr unless told. */
  readonly write?: (line: string) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** A log whose records carry `time`, `level`, `message` and the fields given; values under secret names are masked. */
export function createLog(options: LogOptions = {}): Log {
  const { level = "info", format = "json", now = Date.now } = options;
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const least = LEVELS.indexOf(level);

  const logWith = (bound: LogFields): Log => {
    const record = (at: LogLevel) => (message: string, fields?: LogFields) => {
      if (LEVELS.indexOf(at) < least) return;
      const shown = printable({ ...bound, ...fields }, 0);
      const time = new Date(now()).toISOString();
      write(
        format === "pretty"
          ? prettyLine({ time, level: at, message, fields: shown })
          : JSON.stringify({ time, level: at, message, ...(isRecord(shown) ? shown : {}) }),
      );
    };
    return {
      debug: record("debug"),
      info: record("info"),
      warn: record("warn"),
      error: record("error"),
      with: (fields) => logWith({ ...bound, ...fields }),
    };
  };
  return logWith({});
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** A copy that JSON can print: secrets masked, errors opened, circles and great depth cut. */
function printable(value: unknown, depth: number): unknown {
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value === "function") return "[function]";
  if (value === null || typeof value !== "object") return value;
  // A circle is met as depth: what nests deeper than this is not worth a log line either.
  if (depth >= DEEPEST) return "[deeper]";
  if (Array.isArray(value)) return value.map((member) => printable(member, depth + 1));
  if (value instanceof Date) return value.getTime();
  if (value instanceof Error) return errorFields(value, depth);
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    copy[name] = SECRET_NAME.test(name) && member !== undefined ? REDACTED : printable(member, depth + 1);
  }
  return copy;
}

function errorFields(failure: Error, depth: number): Record<string, unknown> {
  return {
    name: failure.name,
    ...("code" in failure ? { code: failure.code } : {}),
    message: failure.message,
    ...(failure.stack === undefined ? {} : { stack: failure.stack }),
    ...(failure.cause === undefined ? {} : { cause: printable(failure.cause, depth + 1) }),
  };
}
