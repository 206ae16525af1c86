import { unknownName } from "../../domain/playbook/nearest.ts";
import { catalog, type EventType, isKnown } from "../../events/catalog.ts";
import { UsageError } from "../exit.ts";
import type { Given } from "../given.ts";

const DAY_MS = 86_400_000;

/** More seeds than this the generator cannot tell apart. */
const SEEDS = 2 ** 32;

export interface SimulateWish {
  readonly seed: number;
  readonly durationMs: number;
  readonly agents: number;
  readonly without: EventType | undefined;
}

/** What the options ask for. @throws {UsageError} */
export function wishOf(given: Given): SimulateWish {
  const seed = given.count("seed") ?? 1;
  if (seed >= SEEDS) throw new UsageError(`--seed takes a whole number below ${SEEDS}`);
  return {
    seed,
    durationMs: durationOf(given.text("days") ?? "7"),
    agents: given.count("agents", 1) ?? 1_000,
    without: typeOf(given.text("without")),
  };
}

function durationOf(text: string): number {
  const ms = Math.round(Number(text) * DAY_MS);
  if (/^(\d+(\.\d+)?|\.\d+)$/.test(text) && ms >= 1 && ms <= 366 * DAY_MS) return ms;
  throw new UsageError(`--days takes a number of days above 0 and up to 366, not "${text}"`);
}

function typeOf(name: string | undefined): EventType | undefined {
  if (name === undefined) return undefined;
  if (!isKnown(name)) throw new UsageError(`--without: ${unknownName("event type", name, Object.keys(catalog))}`);
  if (name === "journal.opened") throw new UsageError("--without: a journal cannot begin without journal.opened");
  return name;
}
