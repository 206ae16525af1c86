import { json as anyJson } from "../../../events/vocabulary.ts";
import type { Json } from "../../../kernel/json.ts";
import { type Attempt, AttemptFailure } from "../../kind.ts";
import type { AttemptReporter } from "../../reporter.ts";
import { textOf } from "../lines.ts";
import type { OutputFormat, OutputReader } from "./format.ts";

const SHOWN_CHARACTERS = 200;

/** The result is what the program prints, as it is. */
export const text: OutputFormat = { input: plainInput, reader: wholeReader((printed) => printed) };

/** The result is the one JSON value that the program prints. */
export const json: OutputFormat = { input: plainInput, reader: wholeReader(parsed) };

/** Programs that do not know the protocol read their input as it is: text as text, anything else as JSON. */
export function plainInput({ input }: Attempt): string | undefined {
  if (input === null) return undefined;
  return typeof input === "string" ? input : `${JSON.stringify(input)}\n`;
}

function wholeReader(outputOf: (printed: string) => Json) {
  return (report: AttemptReporter): OutputReader => {
    let printed: string | undefined;
    return {
      read: async (stdout) => {
        printed = await textOf(stdout);
      },
      spoken: new Promise(() => {}),
      failure: () => undefined,
      hasResult: false,
      result: () => ({ output: outputOf(printed ?? ""), ...report.used() }),
    };
  };
}

function parsed(printed: string): Json {
  try {
    return anyJson.parse(JSON.parse(printed));
  } catch (cause) {
    const message =
      printed.trim() === "" ? "stdout should be JSON, but it is empty" : `stdout is not JSON: ${excerpt(printed)}`;
    throw new AttemptFailure("output", { message }, { cause });
  }
}

/** The beginning of what was printed, on one line. */
export function excerpt(printed: string): string {
  const line = printed.trim().replace(/\s+/g, " ");
  return line.length <= SHOWN_CHARACTERS ? line : `${line.slice(0, SHOWN_CHARACTERS)}…`;
}
