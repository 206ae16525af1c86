import { nodeFiles } from "../../platform/files.ts";
import { type Call, type Command, tell } from "../command.ts";
import { sayMoment } from "../say.ts";
import { details, table } from "../table.ts";
import { fileOperand, journalOf } from "./source.ts";

export const stats: Command = {
  name: "stats",
  summary: "Count the journal's events by type, severity and principal",
  operands: [fileOperand],
  examples: ["aios journal stats", "aios journal stats --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const { file, journal, events } = await journalOf(call);
  const types = new Map<string, number>();
  const severities = new Map<string, number>();
  const principals = new Map<string, number>();
  let [first, last, firstSequence, lastSequence, count] = [Number.NaN, Number.NaN, 0, 0, 0];
  for await (const { type, severity, principal, at, sequence } of events()) {
    for (const [counts, key] of [
      [types, type],
      [severities, severity],
      [principals, principal],
    ] as const)
      counts.set(key, (counts.get(key) ?? 0) + 1);
    if (count++ === 0) [first, firstSequence] = [at, sequence];
    last = at;
    lastSequence = sequence;
  }
  const segments = await journal.list();
  const sizeBytes = (await Promise.all(segments.map(({ path }) => nodeFiles.stat(path)))).reduce(
    (sum, facts) => sum + (facts?.sizeBytes ?? 0),
    0,
  );
  const facts = {
    file,
    sizeBytes,
    segments: segments.length,
    events: count,
    firstSequence,
    lastSequence,
    ...(count === 0 ? {} : { firstAtMs: first, lastAtMs: last }),
    types: sorted(types),
    severities: sorted(severities),
    principals: sorted(principals),
  };
  return tell(call, facts, () => {
    const { paint } = call.terminal;
    const head = details(
      [
        ["journal", file],
        ["size", `${sizeBytes} bytes in ${segments.length} ${segments.length === 1 ? "file" : "files"}`],
        ["events", count],
        ["from", count === 0 ? undefined : sayMoment(first)],
        ["to", count === 0 ? undefined : sayMoment(last)],
        ["severities", inWords(facts.severities)],
        ["principals", inWords(facts.principals)],
      ],
      paint,
    );
    const rows = Object.entries(facts.types);
    const columns = [
      { title: "COUNT", of: ([, n]: (typeof rows)[number]) => n, right: true },
      { title: "TYPE", of: ([type]: (typeof rows)[number]) => type },
    ];
    return `${head}\n${table(rows, columns, paint)}`;
  });
}

/** Most frequent first. */
function sorted(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)));
}

function inWords(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}
