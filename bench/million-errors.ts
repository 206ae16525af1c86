import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Figure, Reading } from "./figure.ts";
import { rounded } from "./samples.ts";

const ERRORS = 1_000_000;
const PART = 100_000;
const program = fileURLToPath(new URL("million-errors-program.ts", import.meta.url));

/** What the program prints about its run. */
export interface MillionErrors {
  readonly cpuMs: number;
  /** Resident memory beyond that after a tenth of the errors. */
  readonly growthMb: number;
  readonly heapMb: number;
  readonly known: number;
  readonly forgotten: number;
}

/** What a million errors cost of which no two are one failure. */
export async function* millionErrors(): AsyncIterable<Figure> {
  yield {
    figure: "errors.million",
    measures: `${ERRORS} messages of which no two are one failure, each recognised and counted, in a process of its own; resident memory after collection, from the first ${PART} messages to the last`,
    unit: "MB",
    ours: await measured("aios"),
    bars: [{ of: "value", must: "at most", limit: 64 }],
    beside: [await measured("naive")],
    notMeasured: "the journal that such errors fill",
  };
}

async function measured(contender: "aios" | "naive"): Promise<Reading> {
  const args = [...process.execArgv, "--expose-gc", program, contender, String(ERRORS), String(PART)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += String(chunk);
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${contender} ended with ${code}`);
  const { cpuMs, growthMb, heapMb, known, forgotten } = JSON.parse(printed) as MillionErrors;
  return {
    name: contender === "aios" ? "aios" : "four regular expressions and a map without a bound",
    n: ERRORS,
    value: rounded(growthMb),
    note: `${rounded(cpuMs / 1000)} s of CPU, heap ${rounded(heapMb)} MB at the end, ${known} known, ${forgotten} forgotten`,
  };
}
