import { cp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { type AnyEvent, stamp, type Unsequenced } from "../../../src/events/envelope.ts";
import type { JournalPosition } from "../../../src/events/journal.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { FileJournal, type FileJournalOptions } from "../../../src/platform/journal/file-journal.ts";
import { createSealer } from "../../../src/platform/journal/seal.ts";
import { listSegments } from "../../../src/platform/journal/segment.ts";
import { verifyJournal } from "../../../src/platform/journal/verify.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { VirtualClock } from "../../../src/simulation/virtual-clock.ts";
import { resealed } from "../../support/resealed.ts";
import { tempDir } from "../../support/temp-dir.ts";

const DAY = 86_400_000;
const KEY = "a key of sixteen characters";
let directory: string;
let clock: VirtualClock;

beforeEach(async () => {
  directory = await tempDir();
  clock = new VirtualClock();
});

const inside = (name: string) => path.join(directory, name);
const draft = (n: number): Unsequenced => ({
  specversion: "1.0",
  id: `id-${n}`,
  source: "/aios",
  type: "test.tick",
  ...stamp(clock.now()),
  datacontenttype: "application/json",
  severity: "info",
  principal: "me",
  correlationid: "c",
  depth: 0,
  data: { n, text: "x".repeat(100) },
});

async function open(more: Partial<FileJournalOptions> & { readonly key?: string } = {}) {
  const replayed: AnyEvent[] = [];
  const journal = await FileJournal.open({
    files: nodeFiles,
    clock,
    entropy: new SeededEntropy(1),
    sealer: createSealer(nodeHash, more.key),
    path: inside("events.jsonl"),
    segments: { bytes: 2_000, ageMs: DAY },
    anchors: { path: inside("anchors.jsonl"), everyMs: 600_000 },
    replay: (event) => replayed.push(event),
    ...more,
  });
  return { journal, replayed };
}

async function fill(journal: FileJournal, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await journal.append(draft(n));
  await journal.kept();
}

/** A closed journal of several segments; tells where it ended. */
async function written(count = 30, more: Parameters<typeof open>[0] = {}): Promise<JournalPosition> {
  const { journal } = await open(more);
  await fill(journal, count);
  await journal.close();
  return journal.position();
}

const verify = (key?: string) =>
  verifyJournal({
    files: nodeFiles,
    sealer: createSealer(nodeHash, key),
    list: () => listSegments(nodeFiles, inside("events.jsonl")),
    anchorsPath: inside("anchors.jsonl"),
  });
const segments = async () =>
  (await readdir(directory)).filter((name) => /^events-\d+\.jsonl(\.gz)?$/.test(name)).sort();
async function collect(events: AsyncIterable<AnyEvent>): Promise<number[]> {
  const sequences: number[] = [];
  for await (const { sequence } of events) sequences.push(sequence);
  return sequences;
}
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

describe("segments", () => {
  it("are closed by size, named by their first event, compressed, and read as one journal", async () => {
    const { journal } = await open();
    await fill(journal, 40);
    const names = await segments();
    expect(names.length).toBeGreaterThan(3);
    expect(names.every((name) => name.endsWith(".jsonl.gz"))).toBe(true);
    expect(names[0]).toBe("events-000000000001.jsonl.gz");
    expect(await collect(journal.read())).toEqual(upTo(journal.lastSequence));
    for (const after of [1, 7, 19, journal.lastSequence - 1])
      expect(await collect(journal.read({ after }))).toEqual(upTo(journal.lastSequence, after + 1));
    await journal.close();
    expect(await verify()).toMatchObject({ ok: true, segments: names.length + 1, lastSequence: journal.lastSequence });
  });

  it("are named where one is missing that is read only after a start from a checkpoint", async () => {
    const from = await written();
    const [first = "", gone = "", next = ""] = await segments();
    await rm(inside(gone));
    const { journal } = await open({ from });
    const numberOf = (name: string) => Number(/\d+/.exec(name)?.[0]);
    await expect(collect(journal.read())).rejects.toMatchObject({
      code: "journal.gap",
      message: expect.stringMatching(
        new RegExp(
          `event ${numberOf(gone)} is not where .*${first}, and the next file begins with event ${numberOf(next)}`,
        ),
      ) as string,
    });
    await journal.close();
  });

  it("each begin with their format and the seal before them", async () => {
    await written();
    const heads = await Promise.all(
      (await segments()).map(async (name) => {
        const [head = ""] = gunzipSync(await readFile(inside(name)))
          .toString()
          .split("\n");
        const { sequence, type, data } = JSON.parse(head) as AnyEvent;
        return { name, sequence, type, data };
      }),
    );
    for (const { name, sequence, type, data } of heads) {
      expect(Number(/\d+/.exec(name)?.[0])).toBe(sequence);
      expect(data).toMatchObject({ format: 2 });
      expect(type).toBe(sequence === 1 ? "journal.opened" : "journal.continued");
    }
  });

  it("are closed by age with the next event, however the clock jumps back in between", async () => {
    const { journal } = await open({ segments: { bytes: 1_000_000, ageMs: DAY } });
    await fill(journal, 2);
    await clock.advance(DAY - 1);
    await fill(journal, 1);
    expect(await segments()).toEqual([]);
    await clock.advance(1);
    await fill(journal, 1);
    expect(await segments()).toHaveLength(1);
    await journal.close();
    clock = new VirtualClock(clock.now() - 2 * DAY);
    const again = await open({ segments: { bytes: 1_000_000, ageMs: DAY } });
    await fill(again.journal, 3);
    expect(again.journal.lastSequence).toBe(journal.lastSequence + 3);
    await again.journal.close();
    expect(await verify()).toMatchObject({ ok: true });
  });

  it("can be rotated, compressed and given up under a reader, which sees each event once", async () => {
    const { journal } = await open({ retention: { bytes: 3_000 } });
    await fill(journal, 10);
    const reading = journal.read()[Symbol.asyncIterator]();
    const seen: number[] = [];
    const until = journal.lastSequence;
    for (let step = await reading.next(); step.done !== true; step = await reading.next()) {
      seen.push(step.value.sequence);
      await fill(journal, 3);
      journal.retain({ before: journal.lastSequence });
      await journal.kept();
    }
    expect(journal.firstSequence).toBeGreaterThan(until);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen[0]).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    await journal.close();
  });

  it("before a checkpoint are not read when the journal is opened at it", async () => {
    await written(20);
    const { journal } = await open();
    const from = journal.position();
    await fill(journal, 4);
    await journal.close();
    const opened: string[] = [];
    const files = {
      ...nodeFiles,
      stream: (file: string, options?: { readonly start?: number }) => {
        opened.push(path.basename(file));
        return nodeFiles.stream(file, options);
      },
    };
    const oldest = (await segments()).slice(0, 3);
    const again = await open({ files, from, compress: false });
    expect(again.replayed.map(({ sequence }) => sequence)).toEqual(upTo(journal.lastSequence, from.sequence + 1));
    expect(opened.filter((name) => oldest.includes(name))).toEqual([]);
    await again.journal.close();
  });
});

describe("retention", () => {
  it("gives up nothing that no checkpoint stands for", async () => {
    const { journal } = await open({ retention: { bytes: 1 } });
    await fill(journal, 40);
    expect(journal.firstSequence).toBe(1);
    await journal.close();
  });

  it("gives up whole segments by bytes, says so, and the rest still verifies and opens at the checkpoint", async () => {
    const { journal } = await open({ retention: { bytes: 2_500 } });
    await fill(journal, 40);
    const from = journal.position();
    journal.retain({ before: from.sequence + 1 });
    await journal.kept();
    const first = journal.firstSequence;
    expect(first).toBeGreaterThan(10);
    expect((await collect(journal.read()))[0]).toBe(first);
    await journal.close();
    expect(await verify()).toMatchObject({ ok: true, firstSequence: first, releasedThrough: first - 1 });
    const again = await open({ from });
    expect(again.replayed.map(({ type }) => type)).toContain("journal.released");
    expect(again.replayed.find(({ type }) => type === "journal.released")?.data).toMatchObject({
      from: 1,
      through: first - 1,
    });
    await again.journal.close();
    await expect(open()).rejects.toMatchObject({ code: "journal.released" });
    await expect(open({ from: { ...from, sequence: 3 } })).rejects.toMatchObject({ code: "journal.released" });
  });

  it("gives up by age what was closed long enough ago", async () => {
    const { journal } = await open({ retention: { ageMs: 2 * DAY } });
    await fill(journal, 20);
    journal.retain({ before: journal.lastSequence });
    await journal.kept();
    expect(journal.firstSequence).toBe(1);
    await clock.advance(3 * DAY);
    await fill(journal, 2);
    journal.retain({ before: journal.lastSequence });
    await journal.kept();
    expect(journal.firstSequence).toBeGreaterThan(1);
    await journal.close();
    expect(await verify()).toMatchObject({ ok: true });
  });

  it("is told from segments that somebody took away", async () => {
    await written();
    await rm(inside((await segments())[0] ?? ""));
    const [next = ""] = await segments();
    const missing = { from: 1, through: Number(/\d+/.exec(next)?.[0]) - 1 };
    expect(await verify()).toMatchObject({
      ok: false,
      code: "journal.beginning",
      file: inside(next),
      line: 1,
      missing,
    });
  });
});

describe("a journal that is not whole", () => {
  it("is refused with a segment missing in the middle, which is named", async () => {
    await written();
    const [, second = "", third = ""] = await segments();
    await rm(inside(second));
    expect(await verify()).toMatchObject({ ok: false, code: "journal.gap", file: inside(third), line: 1 });
    await expect(open()).rejects.toMatchObject({
      code: "journal.gap",
      message: expect.stringMatching(/events \d+ to \d+/),
    });
  });

  it("is refused under another key, under none, and where it had none, in those words", async () => {
    await written(3, { key: KEY });
    await expect(open()).rejects.toMatchObject({
      code: "journal.key",
      message: expect.stringContaining("none is given"),
    });
    await expect(open({ key: "another key of sixteen" })).rejects.toMatchObject({ code: "journal.key" });
    const { journal } = await open({ key: KEY });
    await journal.close();
    directory = await tempDir();
    await written(3);
    await expect(open({ key: KEY })).rejects.toMatchObject({
      code: "journal.key",
      message: expect.stringContaining("without a key"),
    });
  });

  it("is refused where a compressed segment is damaged, which is named", async () => {
    await written();
    const [, name = ""] = await segments();
    const bytes = await readFile(inside(name));
    await writeFile(inside(name), bytes.subarray(0, bytes.length - 20));
    expect(await verify()).toMatchObject({ ok: false, code: "journal.corrupt", file: inside(name) });
    await expect(open()).rejects.toMatchObject({ code: "journal.corrupt" });
  });

  it("is refused where it ends before the checkpoint", async () => {
    const end = await written();
    await expect(open({ from: { sequence: end.sequence + 5, seal: end.seal } })).rejects.toMatchObject({
      code: "journal.behind",
    });
  });

  it("goes on where only the open segment's name is missing: it was closed and nothing followed", async () => {
    const end = await written();
    const first = (await readFile(inside("events.jsonl"), "utf8")).match(/"sequence":(\d+)/)?.[1] ?? "";
    await rename(inside("events.jsonl"), inside(`events-${first.padStart(12, "0")}.jsonl`));
    const { journal, replayed } = await open();
    expect(replayed.at(-1)?.sequence).toBe(end.sequence);
    await fill(journal, 1);
    await journal.close();
    expect(await verify()).toMatchObject({ ok: true });
  });
});

describe("anchors", () => {
  it.each([undefined, KEY])("show a journal that was changed and sealed anew (key: %s)", async (key) => {
    await written(5, { ...(key === undefined ? {} : { key }), segments: { bytes: 1_000_000, ageMs: DAY } });
    const file = inside("events.jsonl");
    await writeFile(
      file,
      resealed(await readFile(file, "utf8"), (line) => line.replace('"n":3', '"n":9'), key),
    );
    expect(await verify(key)).toMatchObject({ ok: false, code: "journal.anchors" });
    await expect(open(key === undefined ? {} : { key })).rejects.toMatchObject({ code: "journal.anchors" });
  });

  it("show an end that was cut off at a line", async () => {
    await written(5, { segments: { bytes: 1_000_000, ageMs: DAY } });
    const file = inside("events.jsonl");
    const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
    await writeFile(file, `${lines.slice(0, -2).join("\n")}\n`);
    const verdict = await verify();
    expect(verdict).toMatchObject({ ok: false, code: "journal.anchors", reason: expect.stringContaining("cut off") });
    await expect(open()).rejects.toMatchObject({
      code: "journal.anchors",
      message: expect.stringContaining("its end is missing"),
    });
  });

  it("cannot be forged without the key", async () => {
    await written(5, { key: KEY });
    const file = inside("anchors.jsonl");
    await writeFile(
      file,
      resealed(await readFile(file, "utf8"), (line) => line.replace('"sequence":6', '"sequence":5'), undefined),
    );
    expect(await verify(KEY)).toMatchObject({ ok: false, code: "journal.anchors" });
  });

  it("come at the opening, with each segment, at checkpoints, every so often and at the end", async () => {
    const { journal } = await open();
    await fill(journal, 12);
    journal.retain({ before: 1 });
    await journal.append(draft(1));
    await clock.advance(600_000);
    await journal.append(draft(2));
    await journal.append(draft(3));
    await journal.close();
    const lines = (await readFile(inside("anchors.jsonl"), "utf8")).trimEnd().split("\n");
    const [head, ...anchors] = lines.map((line) => JSON.parse(line) as { anchors?: number; why?: string });
    expect(head?.anchors).toBe(1);
    expect(new Set(anchors.map(({ why }) => why))).toEqual(
      new Set(["opened", "rotated", "checkpoint", "interval", "stopped"]),
    );
  });

  it("may lie elsewhere, and the journal goes on while they cannot be written there", async () => {
    const elsewhere = path.join(await tempDir(), "anchors.jsonl");
    let full = false;
    const files = {
      ...nodeFiles,
      async append(file: string) {
        const handle = await nodeFiles.append(file);
        if (file !== elsewhere) return handle;
        return {
          ...handle,
          write: async (bytes: Uint8Array) => (full ? Promise.reject(new Error("ENOSPC")) : handle.write(bytes)),
        };
      },
    };
    const { journal } = await open({ files, anchors: { path: elsewhere, everyMs: 1 } });
    full = true;
    await fill(journal, 20);
    full = false;
    await clock.advance(10);
    await fill(journal, 1);
    await journal.close();
    expect(await readdir(directory)).not.toContain("anchors.jsonl");
    expect(await readFile(elsewhere, "utf8")).toContain(`"sequence":${journal.lastSequence}`);
  });
});

describe("a directory written by an earlier version", () => {
  const fixtures = path.join(import.meta.dirname, "../../fixtures/data-directories");

  it("of the first format opens, keeps its bytes, and goes on in a segment of the present one", async () => {
    await cp(path.join(fixtures, "format-1"), directory, { recursive: true });
    const before = await readFile(inside("events.jsonl"), "utf8");
    const { journal, replayed } = await open({ segments: { bytes: 10_000_000, ageMs: 1e15 }, compress: false });
    expect(replayed).toHaveLength(before.trimEnd().split("\n").length);
    expect(replayed.at(-1)?.type).toBe("engine.stopped");
    await fill(journal, 2);
    await journal.close();
    expect(await readFile(inside("events-000000000001.jsonl"), "utf8")).toBe(before);
    expect(await readFile(inside("events.jsonl"), "utf8")).toContain('"format":2');
    expect(await verify()).toMatchObject({ ok: true, firstSequence: 1, lastSequence: replayed.length + 3 });
  });

  it("of the second format opens, whole and at a position, with its compressed segments and its anchors", async () => {
    await cp(path.join(fixtures, "format-2"), directory, { recursive: true });
    expect(await verify()).toMatchObject({ ok: true, segments: 3, firstSequence: 1 });
    const { journal, replayed } = await open({ segments: { bytes: 10_000_000, ageMs: 1e15 } });
    expect(replayed.map(({ sequence }) => sequence)).toEqual(upTo(replayed.length));
    expect(replayed.filter(({ type }) => type === "task.succeeded")).toHaveLength(2);
    const from = journal.position();
    await fill(journal, 2);
    await journal.close();
    const again = await open({ from });
    expect(again.replayed).toHaveLength(2);
    await again.journal.close();
    expect(await verify()).toMatchObject({ ok: true, lastSequence: replayed.length + 2 });
  });
});
