import { readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type AnyEvent, stamp, type Unsequenced } from "../../../src/events/envelope.ts";
import type { Journal, JournalPosition } from "../../../src/events/journal.ts";
import { VolatileJournal } from "../../../src/events/volatile-journal.ts";
import { AiosError } from "../../../src/kernel/errors.ts";
import type { Files } from "../../../src/kernel/files.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { FileJournal, type FileJournalOptions } from "../../../src/platform/journal/file-journal.ts";
import { createSealer } from "../../../src/platform/journal/seal.ts";
import { listSegments } from "../../../src/platform/journal/segment.ts";
import { verifyJournal } from "../../../src/platform/journal/verify.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

let count = 0;
const draft = (n: number, text = "x"): Unsequenced => ({
  specversion: "1.0",
  id: `id-${++count}`,
  source: "/aios",
  type: "test.tick",
  ...stamp(1_700_000_000_000 + n),
  datacontenttype: "application/json",
  severity: "info",
  principal: "me",
  correlationid: "c",
  depth: 0,
  data: { n, text },
});
const numberOf = (event: AnyEvent) => (event.data as { readonly n?: number }).n;

async function openAt(
  directory: string,
  more: {
    readonly files?: Files;
    readonly key?: string;
    readonly maxWaiting?: number;
    readonly from?: JournalPosition;
    readonly segments?: FileJournalOptions["segments"];
  } = {},
) {
  const replayed: AnyEvent[] = [];
  const warned: string[] = [];
  const journal = await FileJournal.open({
    log: { ...silentLog, warn: (message) => void warned.push(message) },
    files: more.files ?? nodeFiles,
    clock: new VirtualClock(),
    entropy: new SeededEntropy(1),
    sealer: createSealer(nodeHash, more.key),
    path: path.join(directory, "events.jsonl"),
    replay: (event) => replayed.push(event),
    ...(more.maxWaiting === undefined ? {} : { maxWaiting: more.maxWaiting }),
    ...(more.from === undefined ? {} : { from: more.from }),
    ...(more.segments === undefined ? {} : { segments: more.segments }),
  });
  return { journal, replayed, warned, file: path.join(directory, "events.jsonl") };
}
const verify = (file: string, key?: string) =>
  verifyJournal({
    files: nodeFiles,
    sealer: createSealer(nodeHash, key),
    list: () => listSegments(nodeFiles, file),
    anchorsPath: path.join(path.dirname(file), "anchors.jsonl"),
  });
async function collect(journal: Journal, options?: Parameters<Journal["read"]>[0]): Promise<AnyEvent[]> {
  const events: AnyEvent[] = [];
  for await (const event of journal.read(options)) events.push(event);
  return events;
}

/** What every journal promises. */
const journals: readonly [string, () => Promise<Journal>][] = [
  ["in memory", async () => new VolatileJournal()],
  ["in a file", async () => (await openAt(await tempDir())).journal],
  [
    "in many small files",
    async () => (await openAt(await tempDir(), { segments: { bytes: 20_000, ageMs: 1e15 } })).journal,
  ],
];

describe.each(journals)("a journal %s", (_, make) => {
  it("reads from any position on, in order and without a gap", async () => {
    const journal = await make();
    const first = journal.lastSequence + 1;
    for (let group = 0; group < 13; group++)
      await Promise.all(Array.from({ length: 100 }, (__, n) => journal.append(draft(group * 100 + n))));
    for (const after of [0, first, 511, 512, 513, 514, 1_024, 1_025, 1_026, journal.lastSequence - 1]) {
      const read = (await collect(journal, { after })).map(({ sequence }) => sequence);
      expect(read, `after ${after}`).toEqual(
        Array.from({ length: journal.lastSequence - after }, (__, n) => after + 1 + n),
      );
    }
    await journal.close();
  });

  it("numbers events without gaps in the order they were appended", async () => {
    const journal = await make();
    const before = journal.lastSequence;
    const events = await Promise.all([1, 2, 3].map((n) => journal.append(draft(n))));
    expect(events.map(({ sequence }) => sequence - before)).toEqual([1, 2, 3]);
    expect(journal.lastSequence).toBe(before + 3);
    await journal.close();
  });

  it("tells of a commit before the append resolves, each event once and in order", async () => {
    const journal = await make();
    const told: (number | undefined)[] = [];
    journal.onCommit((events) => told.push(...events.map(numberOf)));
    await Promise.all(
      Array.from({ length: 50 }, async (__, n) => {
        await journal.append(draft(n));
        expect(told).toContain(n);
      }),
    );
    expect(told).toEqual(Array.from({ length: 50 }, (__, n) => n));
    await journal.close();
  });

  it("tells a sender of each event once, in order, after the commit and never before `send` returns", async () => {
    const journal = await make();
    const heard: string[] = [];
    journal.onCommit((events) => heard.push(...events.map((event) => `committed ${numberOf(event)}`)));
    await new Promise<void>((resolve) => {
      const told = (text: string, isLast: boolean) => {
        heard.push(text);
        if (isLast) resolve();
      };
      for (const n of [1, 2, 3])
        journal.send(draft(n), {
          written: (event) => told(`written ${numberOf(event)}`, n === 3),
          refused: () => told(`refused ${n}`, n === 3),
        });
      heard.push("sent");
    });
    expect(heard[0]).toBe("sent");
    expect(heard.filter((text) => text.startsWith("written"))).toEqual(["written 1", "written 2", "written 3"]);
    for (const n of [1, 2, 3]) expect(heard.indexOf(`committed ${n}`)).toBeLessThan(heard.indexOf(`written ${n}`));
    expect(heard).toHaveLength(7);
    await journal.close();
    const refused = new Promise((resolve) => {
      journal.send(draft(4), { written: resolve, refused: resolve });
      heard.push("sent to a closed one");
    }).then((failure) => {
      heard.push("refused");
      return failure;
    });
    expect(await refused).toMatchObject({ code: "engine.stopping" });
    expect(heard.slice(7)).toEqual(["sent to a closed one", "refused"]);
  });

  it("reads what lies after one sequence and up to another", async () => {
    const journal = await make();
    const first = (await journal.append(draft(1))).sequence;
    for (const n of [2, 3, 4]) await journal.append(draft(n));
    const read = await collect(journal, { after: first, until: first + 2 });
    expect(read.map(numberOf)).toEqual([2, 3]);
    await journal.close();
  });

  it("stands at the last durable event, with a seal that no other position has", async () => {
    const journal = await make();
    expect(journal.position().sequence).toBe(journal.lastSequence);
    const seals = new Set([journal.position().seal]);
    for (const n of [1, 2, 3]) {
      const { sequence } = await journal.append(draft(n));
      expect(journal.position().sequence).toBe(sequence);
      seals.add(journal.position().seal);
    }
    expect(seals.size).toBe(4);
    expect(journal.firstSequence).toBe(1);
    await journal.close();
  });

  it("holds what nobody needs any more until its own retention wants it gone", async () => {
    const journal = await make();
    for (const n of [1, 2, 3]) await journal.append(draft(n));
    journal.retain({ before: journal.lastSequence });
    expect((await collect(journal)).slice(-3).map(numberOf)).toEqual([1, 2, 3]);
    await journal.close();
  });

  it("refuses to append once it is closed", async () => {
    const journal = await make();
    await journal.close();
    await expect(journal.append(draft(1))).rejects.toMatchObject({ code: "engine.stopping" });
  });
});

describe("the journal file", () => {
  it("begins with its format and comes back whole after it was closed", async () => {
    const directory = await tempDir();
    const { journal, file } = await openAt(directory);
    await Promise.all([1, 2, 3].map((n) => journal.append(draft(n, "ünï — 界\n"))));
    await journal.close();
    const [head] = (await readFile(file, "utf8")).split("\n");
    expect(JSON.parse(head ?? "")).toMatchObject({ type: "journal.opened", data: { format: 2 }, sequence: 1 });
    const again = await openAt(directory);
    expect(again.replayed.map(numberOf)).toEqual([undefined, 1, 2, 3]);
    await again.journal.close();
    expect(await verify(file)).toMatchObject({ ok: true, lines: 4, lastSequence: 4 });
  });

  it("names the first line that was changed by hand, and does not open", async () => {
    const directory = await tempDir();
    const { journal, file } = await openAt(directory);
    for (const n of [1, 2, 3]) await journal.append(draft(n));
    await journal.close();
    await writeFile(file, (await readFile(file, "utf8")).replace('"n":2', '"n":7'));
    expect(await verify(file)).toMatchObject({ ok: false, line: 3 });
    await expect(openAt(directory)).rejects.toMatchObject({
      code: "journal.corrupt",
      message: expect.stringContaining("line 3"),
    });
  });

  it("notices a line that was taken out", async () => {
    const directory = await tempDir();
    const { journal, file } = await openAt(directory);
    for (const n of [1, 2, 3]) await journal.append(draft(n));
    await journal.close();
    const lines = (await readFile(file, "utf8")).split("\n");
    await writeFile(file, [...lines.slice(0, 2), ...lines.slice(3)].join("\n"));
    expect(await verify(file)).toMatchObject({ ok: false, line: 3 });
  });

  it("cannot be resealed without the key", async () => {
    const directory = await tempDir();
    const { journal, file } = await openAt(directory, { key: "a key of sixteen characters" });
    await journal.append(draft(1));
    await journal.close();
    expect(await verify(file, "a key of sixteen characters")).toMatchObject({ ok: true });
    expect(await verify(file)).toMatchObject({ ok: false, line: 1 });
  });

  it.each([1, 30, 200])(
    "sets a last line torn after %i bytes aside and says so, losing nothing before it",
    async (bytes) => {
      const directory = await tempDir();
      const { journal, file } = await openAt(directory);
      for (const n of [1, 2]) await journal.append(draft(n));
      await journal.close();
      const whole = await readFile(file);
      const lastLine = whole.lastIndexOf(10, whole.length - 2) + 1;
      await truncate(file, lastLine + bytes);
      const again = await openAt(directory);
      expect(again.replayed.map(({ type }) => type)).toEqual(["journal.opened", "test.tick", "journal.repaired"]);
      expect(again.warned).toEqual([expect.stringContaining("what is left of it was set aside")]);
      await again.journal.append(draft(3));
      await again.journal.close();
      expect(await verify(file)).toMatchObject({ ok: true, lastSequence: 4 });
      expect((await readdir(directory)).filter((name) => name.includes("torn"))).toHaveLength(1);
    },
  );

  it("does not open what a newer version wrote", async () => {
    const directory = await tempDir();
    const { journal, file } = await openAt(directory);
    await journal.close();
    const sealer = createSealer(nodeHash);
    const body = JSON.stringify({
      ...JSON.parse((await readFile(file, "utf8")).trim()),
      seal: undefined,
      data: { format: 99 },
    });
    await writeFile(file, `${body.slice(0, -1)},"seal":"${sealer.seal("0".repeat(64), body)}"}\n`);
    await expect(openAt(directory)).rejects.toMatchObject({ code: "journal.format" });
  });

  it("answers a full disk with an error, leaves no trace of it, and recovers without a restart", async () => {
    const directory = await tempDir();
    let full = false;
    const filling: Files = {
      ...nodeFiles,
      async append(file) {
        const handle = await nodeFiles.append(file);
        return {
          ...handle,
          write: async (bytes) => {
            if (!full) return handle.write(bytes);
            await handle.write(bytes.subarray(0, 17));
            throw new AiosError("data.unwritable", `cannot write ${file}: ENOSPC`);
          },
          sync: () => handle.sync(),
          truncate: (size) => handle.truncate(size),
          close: () => handle.close(),
        };
      },
    };
    const { journal, file } = await openAt(directory, { files: filling });
    await journal.append(draft(1));
    full = true;
    await expect(journal.append(draft(2))).rejects.toMatchObject({
      code: "journal.unavailable",
      message: `cannot write ${file}: ENOSPC`,
      retryAfterSeconds: 5,
    });
    full = false;
    expect((await journal.append(draft(3))).sequence).toBe(3);
    await journal.close();
    expect(await verify(file)).toMatchObject({ ok: true, lastSequence: 3 });
  });

  it("pushes back when too much waits", async () => {
    const { journal } = await openAt(await tempDir(), { maxWaiting: 2 });
    const results = await Promise.allSettled([1, 2, 3].map((n) => journal.append(draft(n))));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    await journal.close();
  });

  it("is readable while it is written", async () => {
    const { journal } = await openAt(await tempDir());
    const writing = Promise.all(Array.from({ length: 300 }, (_, n) => journal.append(draft(n))));
    const seen = await collect(journal);
    await writing;
    expect(seen.map(({ sequence }) => sequence)).toEqual(seen.map((_, index) => index + 1));
    await journal.close();
  });
});

describe("opening a journal at a position", () => {
  it("replays only what comes after it, and goes on in the same chain", async () => {
    const directory = await tempDir();
    const { journal, file } = await openAt(directory);
    for (const n of [1, 2]) await journal.append(draft(n));
    const from = journal.position();
    for (const n of [3, 4]) await journal.append(draft(n));
    await journal.close();
    const again = await openAt(directory, { from });
    expect(again.replayed.map(numberOf)).toEqual([3, 4]);
    await again.journal.append(draft(5));
    expect((await collect(again.journal)).map(numberOf)).toEqual([undefined, 1, 2, 3, 4, 5]);
    await again.journal.close();
    expect(await verify(file)).toMatchObject({ ok: true, lastSequence: 6 });
  });

  it("replays nothing at its end, and still sets a torn line behind it aside", async () => {
    const directory = await tempDir();
    const { journal, file } = await openAt(directory);
    await journal.append(draft(1));
    const from = journal.position();
    await journal.close();
    const again = await openAt(directory, { from });
    expect(again.replayed).toEqual([]);
    await again.journal.close();
    await writeFile(file, `${await readFile(file, "utf8")}{"specversion":`);
    const torn = await openAt(directory, { from });
    expect(torn.replayed.map(({ type }) => type)).toEqual(["journal.repaired"]);
    await torn.journal.close();
  });

  it("says whether the journal ends before it or has another history there", async () => {
    const directory = await tempDir();
    const { journal } = await openAt(directory);
    await journal.append(draft(1));
    const { sequence, seal } = journal.position();
    await journal.close();
    await expect(openAt(directory, { from: { sequence: sequence + 1, seal } })).rejects.toMatchObject({
      code: "journal.behind",
    });
    await expect(openAt(directory, { from: { sequence, seal: "0".repeat(64) } })).rejects.toMatchObject({
      code: "journal.diverged",
    });
  });
});

describe("reading the end of a long journal in a file", () => {
  async function firstByteRead(journal: Journal, after: number, starts: number[]): Promise<number> {
    starts.length = 0;
    await collect(journal, { after });
    return starts[0] ?? 0;
  }

  it("begins near the end, also after it was opened again", async () => {
    const directory = await tempDir();
    const starts: number[] = [];
    const files: Files = {
      ...nodeFiles,
      stream: (file, options) => {
        starts.push(options?.start ?? 0);
        return nodeFiles.stream(file, options);
      },
    };
    const { journal, file } = await openAt(directory, { files });
    for (let group = 0; group < 30; group++)
      await Promise.all(Array.from({ length: 100 }, (_, n) => journal.append(draft(group * 100 + n))));
    const { size } = await stat(file);
    const last = journal.lastSequence;
    expect(await firstByteRead(journal, last - 1, starts)).toBeGreaterThan(0.7 * size);
    await journal.close();
    const again = await openAt(directory, { files });
    expect(await firstByteRead(again.journal, last - 1, starts)).toBeGreaterThan(0.7 * size);
    await again.journal.close();
  });
});
