import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Deadlines, type Due } from "../../../src/actors/deadlines.ts";
import type { Log } from "../../../src/kernel/log.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const DAY_MS = 86_400_000;

function open(clock = new VirtualClock(0), log: Log = silentLog) {
  const fired: (Due & { readonly atMs: number })[] = [];
  const deadlines = new Deadlines({
    clock,
    log,
    fire: (due) => {
      fired.push({ ...due, atMs: clock.now() });
      deadlines.take(due);
    },
  });
  return { clock, deadlines, fired, names: () => fired.map(({ name }) => name) };
}

const due = (name: string, dueAtMs: number, actor = "a"): Due => ({ actor, name, dueAtMs });

describe("the deadlines", () => {
  it("arm one timer, however many there are", () => {
    const { clock, deadlines } = open();
    deadlines.goLive();
    for (let n = 0; n < 1_000; n++) deadlines.want(due(`d${n}`, 5_000 - n, `actor/${n % 7}`), undefined);
    expect(clock.armed).toBe(1);
    for (let n = 0; n < 7; n++) deadlines.dropAll(`actor/${n}`);
    expect(clock.armed).toBe(0);
  });

  it("arm nothing while the past is replayed; then the overdue ones fire once, at once, in the order of their times", () => {
    const { clock, deadlines, fired, names } = open(new VirtualClock(10_000));
    for (const [name, at] of [
      ["third", 9_000],
      ["first", 1_000],
      ["second", 1_000],
      ["coming", 12_000],
    ] as const)
      deadlines.want(due(name, at), undefined);
    clock.advanceSync(0);
    expect([clock.armed, names()]).toEqual([0, []]);
    deadlines.goLive();
    clock.advanceSync(0);
    expect(names()).toEqual(["first", "second", "third"]);
    clock.advanceSync(2_000);
    expect(fired.at(-1)).toEqual({ ...due("coming", 12_000), atMs: 12_000 });
    clock.advanceSync(DAY_MS);
    expect(fired).toHaveLength(4);
  });

  it("do not fire early where the time is further away than a timer of 32 bits can hold", () => {
    const { clock, deadlines, names } = open();
    deadlines.goLive();
    deadlines.want(due("ninety days", 90 * DAY_MS), undefined);
    clock.advanceSync(90 * DAY_MS - 1);
    expect(names()).toEqual([]);
    clock.advanceSync(1);
    expect(names()).toEqual(["ninety days"]);
  });

  it("stay wanted after firing until they are taken, and fire no second time", () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    const deadlines = new Deadlines({ clock, log: silentLog, fire: ({ name }) => fired.push(name) });
    deadlines.goLive();
    deadlines.want(due("d", 10), { id: "e", correlationid: "e", depth: 0 });
    clock.advanceSync(10);
    deadlines.want(due("other", 20), undefined);
    clock.advanceSync(10);
    expect(fired).toEqual(["d", "other"]);
    expect(deadlines.wanted()[0]).toEqual({ due: due("d", 10), cause: { id: "e", correlationid: "e", depth: 0 } });
    expect([deadlines.take(due("d", 10)), deadlines.take(due("d", 10))]).toEqual([true, false]);
  });

  it("call one that was replaced or dropped stale", () => {
    const { deadlines } = open();
    deadlines.want(due("d", 10), undefined);
    deadlines.want(due("d", 20), undefined);
    expect(deadlines.take(due("d", 10))).toBe(false);
    expect(deadlines.wanted()).toHaveLength(1);
    deadlines.drop("a", "d");
    expect(deadlines.take(due("d", 20))).toBe(false);
  });

  it("fire at once, in order, what a clock set forward passed over", () => {
    const { clock, deadlines, names } = open();
    deadlines.goLive();
    deadlines.want(due("later", 3 * 3_600_000), undefined);
    deadlines.want(due("sooner", 3_600_000), undefined);
    clock.jump(DAY_MS);
    clock.advanceSync(0);
    expect(names()).toEqual(["sooner", "later"]);
  });

  it("wait, when the clock is set back a day, until it has come to their time again, and say so", () => {
    const said: unknown[] = [];
    const log = { ...silentLog, warn: (_: string, facts?: object) => said.push(facts) };
    const { clock, deadlines, names } = open(new VirtualClock(10 * DAY_MS), log);
    deadlines.goLive();
    deadlines.want(due("before", 10 * DAY_MS + 60_000), undefined);
    clock.jump(-DAY_MS);
    deadlines.want(due("after", 9 * DAY_MS + 1_000), undefined);
    expect(said).toMatchObject([{ backMs: DAY_MS, waiting: 2 }]);
    clock.advanceSync(60_000);
    expect(names()).toEqual(["after"]);
    clock.advanceSync(DAY_MS);
    expect(names()).toEqual(["after", "before"]);
  });

  it("fire in the same order, at the same times, after being written down and wanted again", () => {
    const wanted = fc.record({
      actor: fc.constantFrom("a", "b", "c"),
      name: fc.constantFrom("x", "y", "z", "w"),
      dueAtMs: fc.nat(50),
    });
    const moves = fc.array(
      fc.oneof({ weight: 4, arbitrary: wanted }, { weight: 1, arbitrary: fc.constantFrom("a", "b") }),
    );
    fc.assert(
      fc.property(moves, (all) => {
        const first = open();
        for (const one of all) {
          if (typeof one === "string") first.deadlines.dropAll(one);
          else first.deadlines.want(one, undefined);
        }
        const again = open();
        const written: unknown = JSON.parse(JSON.stringify(first.deadlines.wanted()));
        for (const { due: one } of written as readonly { readonly due: Due }[]) again.deadlines.want(one, undefined);
        // What a list says that keeps the newest of each name and is sorted once.
        const naive = new Map<string, Due>();
        for (const one of all) {
          if (typeof one === "string") {
            for (const [key, { actor }] of naive) if (actor === one) naive.delete(key);
          } else {
            naive.delete(`${one.actor} ${one.name}`);
            naive.set(`${one.actor} ${one.name}`, one);
          }
        }
        const expected = [...naive.values()].sort((a, b) => a.dueAtMs - b.dueAtMs);
        for (const { deadlines, clock, fired } of [first, again]) {
          deadlines.goLive();
          clock.advanceSync(100);
          expect(fired).toEqual(expected.map((one) => ({ ...one, atMs: one.dueAtMs })));
        }
      }),
    );
  });
});
