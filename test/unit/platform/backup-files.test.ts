import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { dataFiles } from "../../../src/platform/backup/data-files.ts";
import { openJournalCopy, segmentNames } from "../../../src/platform/backup/journal-files.ts";
import { readBackup } from "../../../src/platform/backup/read.ts";
import { verifyJournalFiles } from "../../../src/platform/backup/verify-journal.ts";
import { writeBackup } from "../../../src/platform/backup/write.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { createSealer, GENESIS, joinSealed } from "../../../src/platform/journal/seal.ts";
import { tempDir } from "../../support/temp-dir.ts";

const sealer = createSealer(nodeHash);

/** Sealed lines of a journal, one for each number. */
function chain(count: number): readonly string[] {
  let seal = GENESIS;
  return Array.from({ length: count }, (_, index) => {
    const body = JSON.stringify({ id: `e${index + 1}`, sequence: index + 1, data: { text: "x".repeat(index % 7) } });
    seal = sealer.seal(seal, body);
    return `${joinSealed(body, seal)}\n`;
  });
}

/** A journal in three segments: one compressed, one closed, one open. */
async function segmented(lines: readonly string[], open = "events.jsonl") {
  const directory = await tempDir();
  const put = (name: string, content: string | Uint8Array) => writeFile(path.join(directory, name), content);
  await put("events-000000000001.jsonl.gz", gzipSync(lines.slice(0, 10).join("")));
  await put("events-000000000011.jsonl", lines.slice(10, 20).join(""));
  await put(open, lines.slice(20).join(""));
  return { directory, put };
}

const wishOf = (directory: string, until: number) => ({
  directory,
  durable: () => until,
  keyed: false,
  secrets: false,
  version: "0",
  nowMs: 0,
});

async function unpacked(directory: string, until: number) {
  const to = await tempDir();
  const manifest = await readBackup(writeBackup(wishOf(directory, until)), async (name, bytes) => {
    const parts: Uint8Array[] = [];
    for await (const part of bytes) parts.push(part);
    await mkdir(path.dirname(path.join(to, name)), { recursive: true });
    await writeFile(path.join(to, name), Buffer.concat(parts));
  });
  return { to, manifest, names: manifest.files.map(({ name }) => name) };
}

describe("the journal of a backup", () => {
  it("is taken in the order of its segments, of two forms of one the uncompressed", () => {
    const names = [
      "events.jsonl",
      "events-12.jsonl.gz",
      "events-3.jsonl.gz",
      "events-12.jsonl",
      "events.jsonl.torn-after-3",
    ];
    expect(segmentNames(names)).toEqual(["events-3.jsonl.gz", "events-12.jsonl", "events.jsonl"]);
  });

  it.each([
    [25, ["events-000000000001.jsonl.gz", "events-000000000011.jsonl", "events.jsonl"]],
    [20, ["events-000000000001.jsonl.gz", "events-000000000011.jsonl"]],
    [13, ["events-000000000001.jsonl.gz", "events-000000000011.jsonl"]],
    [10, ["events-000000000001.jsonl.gz"]],
    [Number.POSITIVE_INFINITY, ["events-000000000001.jsonl.gz", "events-000000000011.jsonl", "events.jsonl"]],
  ])("ends with the event %s, over whichever segments that takes, and its chain holds", async (until, expected) => {
    const lines = chain(30);
    const { directory } = await segmented(lines);
    const { to, manifest, names } = await unpacked(directory, until);
    expect(names.slice(1)).toEqual(expected);
    expect(manifest.journal.sequence).toBe(Math.min(until, 30));
    await verifyJournalFiles(to, expected, manifest, sealer);
  });

  it("leaves out what has no end yet", async () => {
    const { directory, put } = await segmented(chain(25));
    await put("events.jsonl", `${chain(25).slice(20).join("")}{"id":"torn`);
    expect((await unpacked(directory, Number.POSITIVE_INFINITY)).manifest.journal.sequence).toBe(25);
  });

  it("asks again where it would end inside a compressed segment, which was closed meanwhile", async () => {
    const { directory } = await segmented(chain(30));
    const asked = [5, 5, 30];
    await using copy = await openJournalCopy(directory, () => asked.shift() ?? Number.NaN);
    expect([copy.position.sequence, asked]).toEqual([30, []]);
  });

  it("is refused when a segment is missing in its middle, or its lines are another's", async () => {
    const { directory } = await segmented(chain(30));
    const { to, manifest } = await unpacked(directory, 30);
    const without = ["events-000000000001.jsonl.gz", "events.jsonl"];
    await expect(verifyJournalFiles(to, without, manifest, sealer)).rejects.toThrow(
      "events.jsonl, line 1: sequence 21 follows 10",
    );
    await writeFile(path.join(to, "events.jsonl"), chain(29).slice(20).join(""));
    const all = ["events-000000000001.jsonl.gz", "events-000000000011.jsonl", "events.jsonl"];
    await expect(verifyJournalFiles(to, all, manifest, sealer)).rejects.toThrow("its journal ends at 29");
  });

  it("comes with the newest checkpoint that knows no later event, and the anchors before the first that does", async () => {
    const { directory, put } = await segmented(chain(30));
    await mkdir(path.join(directory, "checkpoints"));
    for (const number of [8, 22, 28]) await put(`checkpoints/checkpoint-${number}.jsonl`, `at ${number}\n`);
    await put(
      "anchors.jsonl",
      [{ anchors: 1 }, ...[10, 22, 26, 24].map((sequence) => ({ sequence }))]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(""),
    );
    const { names } = await unpacked(directory, 25);
    expect(names.filter((name) => name.startsWith("checkpoints"))).toEqual(["checkpoints/checkpoint-22.jsonl"]);
    for await (const { name, bytes } of dataFiles(directory, { sequence: 25, secrets: false }))
      expect([name, Buffer.from(bytes).toString()]).toEqual([
        "anchors.jsonl",
        '{"anchors":1}\n{"sequence":10}\n{"sequence":22}\n',
      ]);
  });
});
