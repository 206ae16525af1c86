import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Window } from "../../../../src/domain/playbook/condition-form.ts";
import { HistoryBook } from "../../../../src/domain/playbook/history/book.ts";
import { COUNTED_MOST, KEYS_KEPT } from "../../../../src/domain/playbook/history/series.ts";
import { windowsOf } from "../../../../src/domain/playbook/history/window.ts";
import { type AnyEvent, stamp } from "../../../../src/events/envelope.ts";
import { faultsOf, playbook, ruleOf } from "./sample.ts";

function event(
  sequence: number,
  atMs: number,
  data: Readonly<Record<string, unknown>> = {},
  type = "ci.broke",
): AnyEvent {
  const id = `e${sequence}`;
  return {
    specversion: "1.0",
    id,
    source: "/test",
    type,
    subject: typeof data["of"] === "string" ? data["of"] : "",
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

const asking = (conditions: unknown, event_type = "ci.broke") =>
  playbook({
    trigger: { event_type, conditions },
    target: { kind: "host", id: "here" },
    actions: [{ type: "notify", params: { text: "look" } }],
    validation: { check: "file_exists", params: { path: "/srv/x" } },
    grants: ["notify:log"],
    tests: [],
  });

/** The verdict on the last of these events. */
function verdict(conditions: unknown, events: readonly AnyEvent[]) {
  const rule = ruleOf(asking(conditions));
  const book = new HistoryBook(windowsOf([rule.playbook]));
  for (const one of events) book.note(one);
  const last = events.at(-1);
  if (last === undefined) throw new Error("no event");
  return rule.explain({ event: last, history: book.before(last) });
}

const many = { count: "ci.broke", over: "10m", gte: 3 };
const each = { ...many, by: "event.data.of" };

describe("a window of time", () => {
  it("counts the events in it, with the one that is asked about", () => {
    expect(verdict(many, [event(1, 0), event(2, 1_000), event(3, 2_000)]).matched).toBe(true);
    expect(verdict(many, [event(1, 0), event(2, 1_000)]).why).toEqual([
      "count of ci.broke over 10m is at least 3: saw 2 → no",
    ]);
  });

  it("ends where the duration ends: an event exactly that old no longer counts", () => {
    expect(verdict(many, [event(1, 0), event(2, 1), event(3, 599_999)]).matched).toBe(true);
    expect(verdict(many, [event(1, 0), event(2, 1), event(3, 600_000)]).matched).toBe(false);
  });

  it("counts apart what belongs apart", () => {
    const events = [event(1, 0, { of: "a" }), event(2, 1, { of: "b" }), event(3, 2, { of: "a" })];
    expect(verdict(each, events).matched).toBe(false);
    expect(verdict(each, [...events, event(4, 3, { of: "a" })]).matched).toBe(true);
  });

  it("counts only the events that its own conditions want", () => {
    const bad = { ...many, where: { severe: true } };
    const events = [event(1, 0, { severe: true }), event(2, 1), event(3, 2, { severe: true })];
    expect(verdict(bad, events).matched).toBe(false);
    expect(verdict(bad, [...events, event(4, 3, { severe: true })]).matched).toBe(true);
  });

  it("gives a rate in events a minute", () => {
    const rate = { rate: "ci.broke", over: "30s", gte: 4 };
    expect(verdict(rate, [event(1, 0), event(2, 1)]).matched).toBe(true);
    expect(verdict({ ...rate, gte: 4.1 }, [event(1, 0), event(2, 1)]).matched).toBe(false);
  });

  it("is not known where nothing was remembered", () => {
    const rule = ruleOf(asking(many));
    expect(rule.explain({ event: event(1, 0) }).verdict).toBeNull();
  });

  it("answers for an imagined event as if it had come", () => {
    const rule = ruleOf(asking(many));
    const book = new HistoryBook(windowsOf([rule.playbook]));
    for (const one of [event(1, 0), event(2, 1)]) book.note(one);
    const imagined = event(3, 2);
    expect(rule.matches({ event: imagined, history: book.before(imagined) })).toBe(true);
  });

  it("answers for an event that others followed as when it came", () => {
    const rule = ruleOf(asking(many));
    const book = new HistoryBook(windowsOf([rule.playbook]));
    const second = event(2, 1);
    for (const one of [event(1, 0), second, event(3, 2)]) book.note(one);
    expect(rule.matches({ event: second, history: book.before(second) })).toBe(false);
  });

  it("counts as a look at the whole journal would, whatever came when", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 400_000 }), fc.constantFrom("a", "b")), {
      maxLength: 60,
    });
    const window: Window = { kind: "count", eventType: "ci.broke", by: "event.data.of", overMs: 600_000 };
    fc.assert(
      fc.property(steps, (drawn) => {
        let atMs = 0;
        const book = new HistoryBook([window]);
        const events = drawn.map(([gap, of], index) => {
          atMs += gap;
          return event(index + 1, atMs, { of });
        });
        for (const one of events) {
          book.note(one);
          const within = events.filter(
            ({ sequence, at, subject }) => sequence <= one.sequence && at > one.at - 600_000 && subject === one.subject,
          );
          expect(book.before(one).count(window)).toBe(within.length);
        }
      }),
    );
  });

  it("is bounded: a key counts so many, and so many keys are remembered", () => {
    const window: Window = { kind: "count", eventType: "ci.broke", by: "event.data.of", overMs: 600_000 };
    const book = new HistoryBook([window]);
    for (let i = 1; i <= COUNTED_MOST + 5; i++) book.note(event(i, 0, { of: "a" }));
    const asked = event(COUNTED_MOST + 6, 0, { of: "a" });
    expect(book.before(asked).count(window)).toBe(COUNTED_MOST + 1);
    for (let i = 0; i < KEYS_KEPT; i++) book.note(event(100_000 + i, 0, { of: `key ${i}` }));
    expect(book.before(event(200_000, 0, { of: "a" })).count(window)).toBe(1);
  });
});

describe("an absence", () => {
  const away = { absent: "ci.passed", for: "5m" };
  it("is certain once the last event is long enough ago, and its contrary as soon as one came", () => {
    const passed = event(1, 0, {}, "ci.passed");
    expect(verdict(away, [passed, event(2, 300_000)]).verdict).toBe(true);
    expect(verdict(away, [passed, event(2, 299_999)]).verdict).toBe(false);
  });

  it("of what never came is unknown until it was listened for that long", () => {
    expect(verdict(away, [event(1, 0), event(2, 299_999)]).verdict).toBeNull();
    expect(verdict(away, [event(1, 0), event(2, 300_000)]).verdict).toBe(true);
  });
});

describe("a change", () => {
  const changed = { path: "event.data.state", changed: true };
  it("is seen against the event before of the same subject", () => {
    const first = event(1, 0, { of: "a", state: "up" });
    const other = event(2, 0, { of: "b", state: "down" });
    expect(verdict(changed, [first]).verdict).toBeNull();
    expect(verdict(changed, [first, other, event(3, 0, { of: "a", state: "up" })]).verdict).toBe(false);
    expect(verdict(changed, [first, other, event(3, 0, { of: "a", state: "down" })]).verdict).toBe(true);
  });
});

describe("what is remembered", () => {
  const windows: readonly Window[] = [
    { kind: "count", eventType: "ci.*", overMs: 1_000 },
    { kind: "last", eventType: "ci.broke", by: "event.data.of", overMs: 1_000 },
    { kind: "previous", eventType: "ci.broke", path: "event.data.of" },
  ];

  it("comes back from a checkpoint and goes on as if nothing had been", () => {
    const book = new HistoryBook(windows);
    for (let i = 1; i <= 9; i++) book.note(event(i, i * 200, { of: i % 2 === 0 ? "a" : "b" }));
    const written: unknown = JSON.parse(JSON.stringify(book.snapshot()));
    const again = new HistoryBook(windows);
    expect(again.restore(written, "book")).toEqual([]);
    for (const one of [book, again]) one.note(event(10, 2_000, { of: "a" }));
    expect(JSON.stringify(again.snapshot())).toBe(JSON.stringify(book.snapshot()));
  });

  it("names the windows that a checkpoint knows nothing of, and takes up what the journal says of them", () => {
    const [count] = windows;
    if (count === undefined) throw new Error("no window");
    const earlier = new HistoryBook([count]);
    const book = new HistoryBook([count]);
    expect(book.restore(new HistoryBook().snapshot(), "book")).toEqual([count]);
    for (const one of [event(1, 0), event(2, 100)]) earlier.note(one);
    for (const one of [event(2, 100), event(3, 200)]) book.note(one);
    book.recall(earlier);
    expect(book.before(event(4, 300)).count(count)).toBe(4);
  });
});

describe("a question about the past", () => {
  it.each([
    [{ ...many, over: "soon" }, 'trigger.conditions.over: a duration such as "30s", "10m" or "2h", at most 7d'],
    [{ ...many, over: "8d" }, 'trigger.conditions.over: a duration such as "30s", "10m" or "2h", at most 7d'],
    [
      { ...many, by: "agent.id" },
      'trigger.conditions.by: a path into the event such as "event.data.agentId", or "agent"',
    ],
    [{ count: "ci.broke", over: "1m" }, 'trigger.conditions: an operator is missing, for example {"gte": 3}'],
    [
      { ...many, where: { path: "agent.state", eq: "idle" } },
      "trigger.conditions.where: it can look at the counted event alone: paths begin with event",
    ],
    [{ ...many, atleast: 3 }, 'trigger.conditions.atleast: unknown operator "atleast"'],
    [
      { count: "task.faild", over: "1m", gte: 1 },
      'trigger.conditions.count: unknown event type "task.faild"; did you mean "task.failed"?',
    ],
    [
      { absent: "ci.broke", for: "1m", gte: 3 },
      'trigger.conditions.gte: "absent" takes for, by and where, and no operator',
    ],
    [
      { path: "agent.state", changed: true },
      'trigger.conditions.changed: "changed" compares with the event before, so its path begins with event',
    ],
  ])("%j is refused with its place", (conditions, fault) => {
    expect(faultsOf(asking(conditions)).map((one) => one.slice(0, fault.length))).toContain(fault);
  });

  it("leaves alone a member of the data that happens to be called count", () => {
    expect(verdict({ count: 3 }, [event(1, 0, { count: 3 })]).matched).toBe(true);
  });

  it("can be answered in a playbook's own tests by what came before", () => {
    const tests = [
      {
        event: { type: "ci.broke" },
        before: [
          { type: "ci.broke", ago: "1m" },
          { type: "ci.broke", ago: "9m" },
        ],
        expect: "match",
      },
      {
        event: { type: "ci.broke" },
        before: [
          { type: "ci.broke", ago: "1m" },
          { type: "ci.broke", ago: "11m" },
        ],
        expect: "no_match",
      },
    ];
    expect(faultsOf({ ...asking(many), tests })).toEqual([]);
    expect(faultsOf({ ...asking(many), tests: [{ ...tests[1], expect: "match" }] })).toEqual([
      "tests[0]: expects match, but it does not match: count of ci.broke over 10m is at least 3: saw 2 → no",
    ]);
  });
});
