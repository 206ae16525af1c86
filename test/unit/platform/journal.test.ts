import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode, endGroup, stamp, type Unsequenced } from "../../../src/events/envelope.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { Chain } from "../../../src/platform/journal/chain.ts";
import { type LinesFrom, linesOf } from "../../../src/platform/journal/lines.ts";
import { Marks } from "../../../src/platform/journal/marks.ts";
import { type Reading, sifting, verifiedBefore, wholeEvents } from "../../../src/platform/journal/reading.ts";
import { chooseReleased } from "../../../src/platform/journal/retention.ts";
import { createSealer, GENESIS, joinSealed, splitSealed } from "../../../src/platform/journal/seal.ts";
import { closedPath } from "../../../src/platform/journal/segment.ts";
import { SegmentIndex } from "../../../src/platform/journal/segment-index.ts";

const sealer = createSealer(nodeHash);

const internal: Unsequenced = {
  specversion: "1.0",
  id: "e1",
  source: "/aios",
  type: "a.type",
  ...stamp(1_767_254_400_000),
  datacontenttype: "application/json",
  severity: "info",
  principal: "me",
  correlationid: "e1",
  depth: 0,
  data: {},
};

const unsequenced: fc.Arbitrary<Unsequenced> = fc
  .record({
    id: fc.string({ minLength: 1 }),
    type: fc.constantFrom("test.tick", "build.finished"),
    subject: fc.option(fc.string({ unit: "grapheme" }), { nil: undefined }),
    atMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    depth: fc.nat(64),
    data: fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()),
  })
  .map(({ atMs, subject, ...rest }) => ({
    specversion: "1.0",
    source: "/aios",
    ...stamp(atMs),
    datacontenttype: "application/json",
    severity: "info",
    principal: "me",
    correlationid: rest.id,
    ...(subject === undefined ? {} : { subject }),
    ...rest,
  }));

/** These events as a file has them, in groups that end where `ends` says. */
function fileOf(events: readonly Unsequenced[], ends: readonly boolean[]): string {
  let seal = GENESIS;
  return events
    .map((event, index) => {
      const encoded = encode(event, index + 1);
      const body = ends[index] === true ? endGroup(encoded, 1) : encoded;
      seal = sealer.seal(seal, body);
      return `${joinSealed(body, seal)}\n`;
    })
    .join("");
}

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...at, bytes.length]) {
    if (to > from) yield bytes.subarray(from, to);
    from = to;
  }
}

/** What a reading makes of lines, or what is wrong with them. */
function readBy<E extends { readonly sequence: number }>(reading: Reading<E>, lines: readonly { text: string }[]) {
  const chain = new Chain(sealer, reading);
  return lines.map(({ text }) => {
    const link = chain.follow(text);
    return link.kind === "event" ? link.event : link.reason;
  });
}

async function linesIn(bytes: Uint8Array, cuts: readonly number[], from?: LinesFrom) {
  const lines = [];
  for await (const line of linesOf(pieces(bytes, cuts), from)) lines.push(line);
  return lines;
}

describe("the lines of a journal", () => {
  it("give back every event as it was, wherever reading is cut into pieces and groups end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(unsequenced, { minLength: 1, maxLength: 8 }),
        fc.array(fc.boolean(), { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (events, ends, cuts) => {
          const bytes = Buffer.from(fileOf(events, ends), "utf8");
          const lines = await linesIn(bytes, cuts);
          const wanted = events.map((event, index) => ({ ...event, sequence: index + 1 }));
          const stored = wanted.map((event) => JSON.parse(JSON.stringify(event)) as object);
          for (const reading of [wholeEvents, verifiedBefore]) expect(readBy(reading, lines)).toEqual(stored);
          const places = wanted.map(({ type, sequence, at }) => ({ type, sequence, at }));
          expect(readBy(sifting(new Set(["test.tick"])), lines)).toMatchObject(
            places.map((place, index) => (place.type === "test.tick" ? (stored[index] ?? {}) : place)),
          );
          for (const { text, start, end } of lines) expect(bytes.subarray(start, end).toString()).toBe(`${text}\n`);
        },
      ),
    );
  });

  it("skipped by counting are those that would have come first", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[^\n]{0,20}$/), { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.nat(14),
        async (texts, cuts, skip) => {
          const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""), "utf8");
          const all = await linesIn(bytes, cuts);
          expect(await linesIn(bytes, cuts, { skip })).toEqual(all.slice(skip));
        },
      ),
    );
  });

  it("do not continue the chain when any byte of them is another", () => {
    fc.assert(
      fc.property(unsequenced, fc.nat(), fc.integer({ min: 1, max: 255 }), (event, where, by) => {
        const bytes = Buffer.from(fileOf([event], [true]).trimEnd(), "utf8");
        const at = where % bytes.length;
        bytes[at] = ((bytes[at] ?? 0) + by) % 256;
        for (const reading of [wholeEvents, sifting(new Set<string>())])
          expect(new Chain<{ sequence: number }>(sealer, reading).follow(bytes.toString("utf8")).kind).toBe("broken");
      }),
    );
  });

  it("are looked at no further than their data where nobody wants it, unless somebody else wrote them so", () => {
    const event = { ...internal, subject: "s", data: { deep: { type: "no.type", sequence: 9 } } };
    const body = encode(event, 1);
    const sealed = (text: string) => [{ text: joinSealed(text, sealer.seal(GENESIS, text)) }];
    const nothing = sifting(new Set<string>());
    expect(readBy(nothing, sealed(body))).toEqual([{ type: event.type, sequence: 1, at: event.at }]);
    const whole = { ...event, sequence: 1 };
    const inHead = [
      [body.replace('"subject":"s"', String.raw`"subject":"\"s"`), { ...whole, subject: '"s' }],
      [body.replace('"depth":0', '"depth":0,"more":"of it"'), { ...whole, more: "of it" }],
      [body.replace('"data"', '"more":{"sequence":7},"data"'), { ...whole, more: { sequence: 7 } }],
      [body.replace('"subject":"s"', '"subject":"\u0001"'), "the line is not an event"],
      [body.replace('"type":"a.type",', ""), "the line is not an event"],
    ] as const;
    const inData = [
      [`${body.slice(0, -1)},"more":1}`, { ...whole, more: 1 }],
      [body.replace('"deep":', ""), "the line is not an event"],
    ] as const;
    for (const [text, read] of inHead) expect(readBy(nothing, sealed(text))).toEqual([read]);
    for (const [text, read] of [...inHead, ...inData]) expect(readBy(verifiedBefore, sealed(text))).toEqual([read]);
  });

  it("part into body and seal as they were joined", () => {
    fc.assert(
      fc.property(unsequenced, fc.nat(), (event, sequence) => {
        const body = endGroup(encode(event, sequence), 7);
        const seal = sealer.seal(GENESIS, body);
        expect(splitSealed(joinSealed(body, seal))).toEqual({ body, seal });
        expect(decode(body)).not.toHaveProperty("commit");
      }),
    );
  });
});

describe("marks", () => {
  it("name the begin of a line at or before the wanted one, and the last that is marked", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), fc.nat(100_000), (steps, wanted) => {
        const marks = new Marks();
        const noted = new Map<number, number>();
        let sequence = 1;
        for (const step of steps) {
          marks.note(sequence, sequence * 10);
          noted.set(sequence, sequence * 10);
          sequence += step;
        }
        const offset = marks.before(wanted);
        expect(offset === 0 || offset / 10 <= wanted + 1).toBe(true);
        const nearest = [...noted.keys()].filter((one) => one <= wanted + 1).at(-1) ?? 0;
        expect(nearest - offset / 10).toBeLessThanOrEqual(512);
      }),
    );
  });
});

type Step = "write" | "rotate" | "compress" | "release";

describe("the index of segments", () => {
  it("finds each held event where it was written, whatever became of the files", () => {
    const step = fc.constantFrom<Step>("write", "write", "write", "rotate", "compress", "release");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const open = "/d/events.jsonl";
        const index = new SegmentIndex(open, [], { marks: new Marks() });
        /** Which file each event is in: kept apart from the index. */
        const homes = new Map<number, string>();
        let [sequence, offset] = [0, 0];
        for (const what of steps) {
          if (what === "write") {
            sequence++;
            index.written(sequence, offset);
            homes.set(sequence, open);
            offset += 100;
          }
          const first = [...homes].find(([, file]) => file === open)?.[0];
          if (what === "rotate" && first !== undefined) {
            const path = closedPath(open, first);
            index.rotated(path);
            for (const [one, file] of homes) if (file === open) homes.set(one, path);
            offset = 0;
          }
          const plain = index.closed.find(({ form }) => form === "plain");
          if (what === "compress" && plain !== undefined) {
            index.compressed(plain, `${plain.path}.gz`);
            for (const [one, file] of homes) if (file === plain.path) homes.set(one, `${plain.path}.gz`);
          }
          const oldest = index.closed[0];
          if (what === "release" && oldest !== undefined) {
            index.released(oldest);
            for (const [one, file] of homes) if (file === oldest.path) homes.delete(one);
          }
        }
        for (const [one, file] of homes) expect(index.find(one).segment.path).toBe(file);
        expect(index.firstSequence).toBe([...homes.keys()][0] ?? index.firstSequence);
      }),
    );
  });
});

describe("what retention gives up", () => {
  const segments = fc.array(
    fc.record({ sizeBytes: fc.nat(1_000), events: fc.integer({ min: 1, max: 50 }), tookMs: fc.nat(1_000) }),
  );

  it("are the oldest, none of them needed, as many as the limits want and no more", () => {
    fc.assert(
      fc.property(segments, fc.nat(500), fc.nat(5_000), fc.nat(5_000), (made, needed, bytes, ageMs) => {
        let [next, endedAtMs] = [1, 0];
        const closed = made.map(({ sizeBytes, events, tookMs }, segment) => {
          next += events;
          endedAtMs += tookMs;
          return { segment, next, sizeBytes, endedAtMs };
        });
        const nowMs = endedAtMs;
        const gone = chooseReleased(closed, { needed, nowMs, openBytes: 10, retention: { bytes, ageMs } });
        expect(gone).toEqual(closed.slice(0, gone.length));
        for (const one of gone) expect(one.next).toBeLessThanOrEqual(needed);
        const left = closed.slice(gone.length);
        const [oldest] = left;
        if (oldest === undefined || oldest.next > needed) return;
        expect(nowMs - oldest.endedAtMs).toBeLessThanOrEqual(ageMs);
        expect(left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 10)).toBeLessThanOrEqual(bytes);
      }),
    );
  });
});
