import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { faultNames } from "./plan.mjs";

export const usage = `usage: demo [--seed N] [--exit] [--json] [--paused] [--sabotage FAULT] [--port N] [--keep]

  --seed N          the run's order, names and paths; printed, and random unless told
  --exit            end after the summary instead of waiting for Ctrl-C
  --json            JSON lines on standard output: header, timeline, and the summary last
  --paused          with the reactor paused: what happens when nothing is mended
  --sabotage FAULT  an outside hand keeps a fault alive: ${faultNames.join(", ")} or all
  --port N          the engine's port (8765, or a free one when that is taken); 0 takes a free one
  --keep            leave the demo's folder with its journal where it is

example: demo --seed 7 --exit`;

/** Thrown for a wrong command line; its message says what to change. */
export class UsageError extends Error {}

/** @param {string[]} argv */
export function readOptions(argv) {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        seed: { type: "string" },
        exit: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        paused: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
        sabotage: { type: "string" },
        port: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (thrown) {
    throw new UsageError(/** @type {Error} */ (thrown).message);
  }
  const sabotage = readSabotage(values.sabotage);
  if (values.paused && sabotage.length > 0) {
    throw new UsageError("--paused and --sabotage exclude each other: a paused reactor mends nothing anyway");
  }
  return {
    help: values.help,
    seed: readNumber("seed", values.seed, 0xffff_ffff) ?? randomInt(1, 1_000_000),
    port: readNumber("port", values.port, 65_535),
    exit: values.exit,
    json: values.json,
    paused: values.paused,
    keep: values.keep,
    sabotage,
  };
}

function readNumber(name, text, most) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > most) throw new UsageError(`--${name} takes a whole number up to ${most}`);
  return number;
}

/** @returns {import("./plan.mjs").FaultName[]} */
function readSabotage(text) {
  if (text === undefined) return [];
  if (text === "all") return [...faultNames];
  const named = faultNames.filter((name) => name === text);
  if (named.length === 0) throw new UsageError(`--sabotage takes ${faultNames.join(", ")} or all`);
  return named;
}
