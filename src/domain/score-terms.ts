import type { EventData } from "../events/catalog.ts";

export type TermName = "tsr" | "cr" | "uptime" | "learning";
/** A term's share of good cases; null where there is not enough data. */
export type Terms = EventData<"score.updated">["terms"];
/** What each term counts; they sum to one. */
export type Weights = Readonly<Record<TermName, number>>;

export const termNames: readonly TermName[] = ["tsr", "cr", "uptime", "learning"];
export const termTitles: Readonly<Record<TermName, string>> = {
  tsr: "Task success rate",
  cr: "Correction rate",
  uptime: "Uptime",
  learning: "Learning",
};

export const usualWeights: Weights = { tsr: 0.4, cr: 0.3, uptime: 0.2, learning: 0.1 };
