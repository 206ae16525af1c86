import { type AnyEvent, stamp } from "../../events/envelope.ts";
import { parseDuration } from "../../kernel/duration.ts";
import { clockFacts, type MatchFacts } from "./facts.ts";
import { HistoryBook } from "./history/book.ts";
import { windowsOf } from "./history/window.ts";
import type { Example, Playbook } from "./schema.ts";

/** What became of one of a playbook's own tests. */
export interface Tried {
  readonly name: string;
  readonly ok: boolean;
  readonly expected: Example["expect"];
  /** What came out, and why, in one line. */
  readonly says: string;
}

/** Long enough after the epoch that everything that came before has a time of its own. */
const NOW_MS = 30 * 86_400_000;

/** Whether a playbook matches facts, and why. */
type Explain = (facts: MatchFacts) => { readonly matched: boolean; readonly why: readonly string[] };

/** A playbook's own tests, tried on itself. */
export function tryExamples(playbook: Playbook, explain: Explain): readonly Tried[] {
  return playbook.tests.map((example, index) => {
    const { matched, why } = explain(factsOf(playbook, example, index));
    const ok = matched === (example.expect === "match");
    const title = example.name === undefined ? "" : `"${example.name}" `;
    const came = `it does ${matched ? "match" : "not match"}: ${why.join("; ")}`;
    return {
      name: example.name ?? `test ${index + 1}`,
      ok,
      expected: example.expect,
      says: ok ? came : `${title}expects ${example.expect}, but ${came}`,
    };
  });
}

function factsOf(playbook: Playbook, example: Example, index: number): MatchFacts {
  const { before = [], facts } = example;
  const book = new HistoryBook(windowsOf([playbook]));
  const earlier = before
    .map(({ ago, ...one }) => ({ ...one, atMs: NOW_MS - (parseDuration(ago) ?? 0) }))
    .sort((a, b) => a.atMs - b.atMs);
  // The book is to have heard of a time before everything that the example tells.
  book.note(eventOf({ type: "engine.started" }, 0, 0));
  for (const [place, one] of earlier.entries()) book.note(eventOf(one, one.atMs, place + 1));
  const event = eventOf(example.event, NOW_MS, earlier.length + 1, `example-${index}`);
  const told = { ...event, ...example.event, data: example.event.data ?? {} };
  return { clock: clockFacts(0), ...facts, event: told, history: book.before(event) };
}

function eventOf(told: Partial<Example["event"]>, atMs: number, sequence: number, id = `before-${sequence}`): AnyEvent {
  const { type = "", data = {}, subject } = told;
  return {
    specversion: "1.0",
    id,
    source: "/aios/example",
    type,
    ...(subject === undefined ? {} : { subject }),
    ...stamp(atMs),
    datacontenttype: "application/json",
    sequence,
    severity: "info",
    principal: "engine",
    correlationid: id,
    depth: 0,
    data,
  };
}
