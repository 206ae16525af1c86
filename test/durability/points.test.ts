import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, inject, it } from "vitest";
import { tempDir } from "../support/temp-dir.ts";
import { Campaign } from "./support/campaign.ts";
import { Chance, drawnSeed } from "./support/chance.ts";
import type { Preload } from "./support/life.ts";

/** Longest wait for a point; an engine that does not come to it in time is killed like any other. */
const WITHIN_MS = 3_000;
/** Often, so that a life comes to its checkpoint, and retention to its segment, before its time is over. */
const CHECKPOINT_EVENTS = 60;
/** Lives that may pass until a point is met again. */
const TRIES = 5;
/** Lives that may pass before every point was come to. */
const LIVES = 10;
/** Points that every group of events passes are met at the first group of a life, and so often again at a later one. */
const AGAIN = 1;
const LATEST = 25;
/** Some fifty lives: a busy machine is slow, a deadlock is for ever. */
const LIMIT_MS = 1_800_000;

const GROUP = [
  "append events.jsonl before",
  "append events.jsonl half",
  "append events.jsonl after",
  "sync events.jsonl before",
  "sync events.jsonl after",
];
const around = (...works: readonly string[]) => works.flatMap((work) => [`${work} before`, `${work} after`]);
/** Beginning and closing a segment, compressing it, giving it up, anchoring, taking a checkpoint. */
const SEGMENT = [
  ...around("rename events.jsonl to events-N.jsonl", "append events-N.jsonl.gz.draft", "sync events-N.jsonl.gz.draft"),
  ...around("rename events-N.jsonl.gz.draft to events-N.jsonl.gz", "remove events-N.jsonl", "remove events-N.jsonl.gz"),
  ...around("append anchors.jsonl", "sync anchors.jsonl"),
  "append anchors.jsonl half",
  "write checkpoints/checkpoint-N.jsonl half",
  ...around("write events.jsonl.torn-after-N"),
  ...around("write checkpoints/checkpoint-N.jsonl", "remove checkpoints/checkpoint-N.jsonl"),
];
const EVERY = [...GROUP, ...SEGMENT];

const seed = drawnSeed();
process.stdout.write(`points: AIOS_DURABILITY_SEED=${seed}\n`);

function endingAt(env: Readonly<Record<string, string>>): Preload {
  const files = path.join(path.dirname(inject("builtMain")), "platform", "files.js");
  const preload = path.join(import.meta.dirname, "../fixtures/kill-at-point.mjs");
  return { nodeOptions: ["--import", preload], env: { ...env, POINT_FILES: pathToFileURL(files).href } };
}

/** Of the journal's own work, and of the checkpoints'. */
const OWN = /events|anchors|checkpoints/;

async function tracedIn(trace: string): Promise<readonly string[]> {
  const points = (await readFile(trace, "utf8").catch(() => "")).split("\n");
  return [...new Set(points.filter((point) => OWN.test(point)))];
}

describe("an engine that is killed at every point of its journal's work on files", () => {
  it(
    "loses nothing and does nothing twice",
    async () => {
      const chance = new Chance(seed);
      const folder = path.join(await tempDir(), "archive");
      await mkdir(folder);
      const trace = path.join(folder, "points");
      const traced = { POINT_TRACE: trace, POINT_ARCHIVE: folder };
      const archived = { folder, preload: endingAt(traced), checkpointEvents: CHECKPOINT_EVENTS };
      const campaign = await Campaign.begin(chance.fork(), archived);
      const met = new Map<string, number>();
      const meet = async (point: string, nth: number) => {
        const times = met.get(point) ?? 0;
        met.set(point, times);
        for (let life = 0; life < TRIES && met.get(point) === times; life++) {
          // Only after a write that was cut short is there anything to set aside, or to remove.
          if (point.includes(".torn-")) await endAt("append events.jsonl half", 1);
          if (point.includes(".tmp ")) await endAt("write checkpoints/checkpoint-N.jsonl half", 1);
          if (await endAt(point, nth)) met.set(point, times + 1);
          process.stdout.write(
            `points: life ${campaign.kills}: ${point}${met.get(point) === times ? ", not met" : ""}\n`,
          );
        }
      };
      const endAt = (point: string, nth: number) => {
        const preload = endingAt({ ...traced, POINT: point, POINT_NTH: `${nth}` });
        return campaign.killed({ kind: "point", preload, withinMs: WITHIN_MS });
      };
      const work = () => campaign.killed({ kind: "answered", afterMs: WITHIN_MS });
      // What one life comes to for the first time is a point for a later one to end at; retention comes last of all.
      for (let lives = 0; lives < LIVES && EVERY.some((point) => !met.has(point)); lives++) {
        await work();
        for (const point of await tracedIn(trace)) if (!met.has(point)) await meet(point, 1);
      }
      for (let time = 0; time < AGAIN; time++) for (const point of GROUP) await meet(point, chance.between(2, LATEST));
      const figures = await campaign.end();
      const missed = [...met].filter(([, times]) => times === 0).map(([point]) => point);
      process.stdout.write(`points: ${met.size} points, never met again: ${missed.join(", ") || "none"}\n`);
      process.stdout.write(`points: ${JSON.stringify(figures)}\n`);
      expect(campaign.faults).toEqual([]);
      for (const point of EVERY) expect(met.get(point) ?? 0, point).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});
