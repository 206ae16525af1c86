import type { OutputFormat } from "./format.ts";
import { ndjson } from "./ndjson.ts";
import { streamJson } from "./stream-json.ts";
import { json, text } from "./text.ts";

/** Every format of output there is, by the name a configuration uses. */
export const outputFormats = {
  text,
  json,
  ndjson,
  "stream-json": streamJson,
} as const satisfies Record<string, OutputFormat>;

export type OutputName = keyof typeof outputFormats;
