import { headOfJson } from "./json-error.ts";
import { traceOf } from "./trace.ts";

/** What of a failure's text is compared: its headline, and for traces the own frames that say where it happened. */
export interface Headline {
  readonly text: string;
  /** At most three, `file#function`, nearest first; library frames and line numbers are left out. */
  readonly frames: readonly string[];
}

/** A headline is cut here. */
const LONGEST_HEADLINE = 2_000;
/** Traces and JSON are looked for in so much of the text: their telling line may stand behind the first 2,000 characters. */
const LONGEST_INPUT = 20_000;

// CSI sequences with their final letter, and OSC sequences up to their terminator.
const ANSI = /(?![\n\r\t])\p{Cc}(?:\[[0-9;?]{0,32}[ -/]{0,4}[@-~]|\][^\p{Cc}]{0,256}\p{Cc}\\?)/gu;
const CONTROL = /(?![\n\r\t])\p{Cc}/u;
const EACH_CONTROL = new RegExp(CONTROL, "gu");
const LEADING_DATE =
  /^\[?(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[T ,]{1,2}\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|\s?[+-]\d{2}:?\d{2}|\s?UTC)?|[A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2}|\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?)\]?[\s:|-]{1,4}/;
const LEADING_LEVEL =
  /^(?:[[<](?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRITICAL|SEVERE|PANIC)[\]>]:?|(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE)(?=[\s:|])[:|]?)\s+/;
const LEADING_THREAD = /^\[[\w.#:/-]{1,64}\]:?\s+/;

/** How the engine begins the message of a program that ended badly: the code is no part of what the program said. */
const EXIT = /^exit code \d{1,10}: (?=\S)/;

/** Strips colours, a log line's date, level and thread, and finds the telling line of a trace or an error in JSON. */
export function headlineOf(message: string): Headline {
  const text = withoutControls(message.slice(0, LONGEST_INPUT)).trim().replace(EXIT, "");
  const trace = traceOf(text);
  const head = trace?.head ?? headOfJson(text) ?? text;
  return { text: withoutPrefix(head).slice(0, LONGEST_HEADLINE).trim(), frames: trace?.frames ?? [] };
}

function withoutControls(text: string): string {
  return CONTROL.test(text) ? text.replace(ANSI, "").replace(EACH_CONTROL, " ") : text;
}

function withoutPrefix(line: string): string {
  let rest = line;
  for (const prefix of [LEADING_DATE, LEADING_THREAD, LEADING_LEVEL, LEADING_THREAD]) {
    const found = prefix.exec(rest)?.[0];
    if (found !== undefined && found.length < rest.length) rest = rest.slice(found.length);
  }
  return rest;
}
