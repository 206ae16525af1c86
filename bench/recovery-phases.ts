import type { AnyEvent } from "../src/events/envelope.ts";
import { built } from "./built.ts";
import type { Figure, Reading } from "./figure.ts";
import { perSecond, rounded } from "./samples.ts";

/** What reading a journal consists of, each part by a pass of its own over the same file, in this process. */
export async function phases(
  file: string,
  events: number,
  about: string,
): Promise<{ readonly figures: readonly Figure[]; readonly json: Reading }> {
  const { nodeFiles } = await built<typeof import("../src/platform/files.ts")>("platform/files.ts");
  const { nodeHash } = await built<typeof import("../src/platform/hash.ts")>("platform/hash.ts");
  const { createSealer, splitSealed } =
    await built<typeof import("../src/platform/journal/seal.ts")>("platform/journal/seal.ts");
  const { segmentLines } =
    await built<typeof import("../src/platform/journal/segment.ts")>("platform/journal/segment.ts");
  const { readJournal } = await built<typeof import("../src/platform/journal/read.ts")>("platform/journal/read.ts");
  const { Views } = await built<typeof import("../src/actors/views/views.ts")>("actors/views/views.ts");
  const sealer = createSealer(nodeHash);
  const segment = { kind: "open", path: file } as const;
  const journal = { files: nodeFiles, sealer, list: async () => [segment] };

  const lines = async (each: (text: string) => void) => {
    for await (const { text } of segmentLines(nodeFiles, segment)) each(text);
  };
  const verified = async (each: (event: AnyEvent) => void) => {
    for await (const event of readJournal(journal)) each(event);
  };
  const read = await passing(() => lines(() => {}));
  const parsed = await passing(() => lines((text) => void JSON.parse(text)));
  let previous = "";
  const sealed = await passing(() =>
    lines((text) => {
      const parts = splitSealed(text);
      if (parts === undefined) throw new Error("a line carries no seal");
      if (previous !== "" && sealer.seal(previous, parts.body) !== parts.seal) throw new Error("a seal does not fit");
      previous = parts.seal;
    }),
  );
  const decoded = await passing(() => verified(() => {}));
  const views = new Views();
  const viewed = await passing(() => verified((event) => views.apply(event)));

  const figure = (name: string, measures: string, took: Took): Figure => ({
    figure: `recovery.phase.${name}`,
    measures: `${measures}; ${about}`,
    unit: "s",
    ours: {
      name: "aios",
      n: events,
      value: rounded(took.seconds),
      perSecond: perSecond(events, took.seconds * 1000),
      note: `${rounded(took.cpuSeconds)} s of processor time`,
    },
    bars: [],
    beside: [],
    notMeasured: "the host's actors, score and remedies, which are in recovery.replay",
  });
  return {
    figures: [
      figure("read", "reading the file line by line", read),
      figure("verify", "reading it and following the chain of seals", sealed),
      figure("parse", "reading it, following the chain and making events of the lines", decoded),
      figure("views", "all of that, and folding the read models", viewed),
    ],
    json: {
      name: "reading the lines and JSON.parse of each, nothing else",
      n: events,
      value: rounded(parsed.seconds),
      perSecond: perSecond(events, parsed.seconds * 1000),
      note: `${rounded(parsed.cpuSeconds)} s of processor time`,
    },
  };
}

export interface Took {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export async function passing(work: () => Promise<void>): Promise<Took> {
  const began = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6 };
}
