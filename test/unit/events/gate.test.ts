import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Gate, type GateSettings, type Over, type Parcel } from "../../../src/events/gate.ts";
import { VirtualClock } from "../../../src/simulation/virtual-clock.ts";

class Letter implements Parcel {
  readonly name: string;
  readonly weight: number;
  ended: "settled" | { readonly failure: unknown } | undefined;

  constructor(name: string, weight = 10) {
    this.name = name;
    this.weight = weight;
  }

  settled(): void {
    this.#once();
    this.ended = "settled";
  }

  failed(failure: unknown): void {
    this.#once();
    this.ended = { failure };
  }

  #once(): void {
    if (this.ended !== undefined) throw new Error(`${this.name} ended twice`);
  }
}

/** A journal that has decided on nothing until the test says so. */
function open(settings: Partial<GateSettings> = {}) {
  const written: { readonly letter: Letter; readonly over: Over<Letter> }[] = [];
  const clock = new VirtualClock();
  const limits = { maxWaiting: 1_000_000, maxPerAddressee: 1_000_000, ...settings };
  const gate = new Gate<Letter>((letter, over) => written.push({ letter, over }), limits, clock);
  let decided = 0;
  return {
    gate,
    pass: (ms: number) => clock.advanceSync(ms),
    /** What the journal was given, in that order. */
    names: () => written.map(({ letter }) => letter.name),
    pending: () => written.length - decided,
    /** The journal commits all it holds, as one group. */
    commit: (ended?: { readonly failure: unknown }) => {
      const until = written.length;
      for (const { letter, over } of written.slice(decided, until)) over(letter, ended);
      decided = until;
    },
    mail: (addressee: string, ...names: string[]) => {
      const letters = names.map((name) => new Letter(name));
      gate.mail(addressee, letters);
      return letters;
    },
  };
}

function failureOf(offer: () => void): unknown {
  try {
    offer();
  } catch (failure) {
    return failure;
  }
  return undefined;
}

function isTaken(offer: () => void): boolean {
  try {
    offer();
    return true;
  } catch {
    return false;
  }
}

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe("the gate", () => {
  it("hands what comes straight to a journal that has nothing to do", () => {
    const { gate, names, mail, commit } = open();
    const [letter] = mail("a", "one");
    gate.control(new Letter("two"));
    expect(names()).toEqual(["one", "two"]);
    expect(letter?.ended).toBeUndefined();
    commit();
    expect(letter?.ended).toBe("settled");
  });

  it("never refuses the engine's own, and writes them in their order past any flood", () => {
    const { gate, names, mail, commit } = open({ maxWaiting: 2_000, maxPerAddressee: 2_000 });
    mail("flooded", ...numbered("f", 2_000));
    const own = numbered("own", 3_000);
    for (const name of own) gate.control(new Letter(name));
    expect(names()).toContain("own0");
    while (gate.state.control > 0) commit();
    expect(names().filter((name) => name.startsWith("own"))).toEqual(own);
  });

  it("refuses what finds no room for its addressee, says when to come again, and takes what is for others", () => {
    const { gate, mail } = open({ maxPerAddressee: 5_000 });
    mail("flooded", ...numbered("f", 5_000));
    expect(gate.state.mail).toBeGreaterThan(3_900);
    expect(() => mail("flooded", ...numbered("more", 1_100))).toThrow(
      expect.objectContaining({ code: "busy", retryAfterSeconds: 1 }),
    );
    expect(gate.state.refused).toBe(1_100);
    expect(() => mail("calm", "c")).not.toThrow();
  });

  it("says the same to all whom it refuses while as many wait, counts each, and says anew once room was made", () => {
    const { gate, mail, commit } = open({ maxPerAddressee: 1_024 });
    mail("loud", ...numbered("written", 1_024));
    mail("loud", ...numbered("waiting", 1_024));
    const refused = [1, 2, 3].map(() => gate.refusalOf("loud", 1));
    expect(new Set(refused).size).toBe(1);
    expect(refused[0]).toMatchObject({ code: "busy", message: expect.stringContaining("1024 events wait") as string });
    expect(gate.state.refused).toBe(3);
    commit();
    expect(gate.refusalOf("loud", 1)).toBeUndefined();
    expect(gate.state.refused).toBe(3);
  });

  it("refuses what finds no room in all", () => {
    const { mail } = open({ maxWaiting: 1_000 });
    for (let n = 0; n < 10; n++) mail(`a${n}`, ...numbered(`a${n}/`, 100));
    expect(() => mail("one more", ...numbered("y", 950))).toThrow(expect.objectContaining({ code: "busy" }));
  });

  it("takes a batch whole or not at all, and says of one that can never find room that it is too large", () => {
    const { gate, mail, names } = open({ maxPerAddressee: 200 });
    for (let n = 0; n < 6; n++) mail("a", ...numbered(`a${n}/`, 200));
    const before = names().length + gate.state.mail;
    expect(() => mail("a", ...numbered("c", 150))).toThrow(expect.objectContaining({ code: "busy" }));
    expect(names().length + gate.state.mail).toBe(before);
    expect(() => mail("b", ...numbered("d", 201))).toThrow(expect.objectContaining({ code: "input.too_large" }));
  });

  it("lets a flooded addressee have no more than its share of what is being written, so that others are in the next group", () => {
    const { names, mail, commit, pending } = open();
    mail("somebody", "s");
    mail("flooded", ...numbered("f", 10_000));
    const share = pending();
    expect(share).toBeLessThanOrEqual(65);
    for (let n = 0; n < 50; n++) mail(`calm${n}`, `c${n}`);
    expect(names().slice(share)).toEqual(numbered("c", 50));
    commit();
    mail("late", "late");
    expect(pending()).toBeLessThanOrEqual(share);
    expect(names()).toContain("late");
  });

  it("lets one that is alone fill a larger window, and holds it to its share for long once somebody else was there", () => {
    const { mail, commit, pending } = open();
    mail("flooded", ...numbered("f", 100_000));
    expect(pending()).toBe(1_024);
    mail("other", "o");
    for (let n = 0; n < 20; n++) commit();
    expect(pending()).toBe(64);
    while (pending() === 64) commit();
    expect(pending()).toBe(1_024);
  });

  it("writes what comes for somebody else next, and no more than usual is with the journal from then on", () => {
    const { names, mail, commit, pending } = open();
    mail("alone", ...numbered("a", 10_000));
    mail("late", "late");
    expect(names()).not.toContain("late");
    commit();
    expect(names()).toContain("late");
    expect(pending()).toBeLessThanOrEqual(512);
  });

  it("lets a flooded addressee give way as long as its share took, so that others find a journal with nothing to do", () => {
    const { names, mail, commit, pending, pass } = open({ maxPerAddressee: 1_000 });
    mail("somebody", "s");
    mail("flooded", ...numbered("f", 1_000));
    expect(names()).toEqual(["s", ...numbered("f", 32)]);
    pass(7);
    commit();
    expect(pending()).toBe(0);
    mail("calm", "c");
    expect(names().slice(33)).toEqual(["c"]);
    commit();
    pass(6);
    expect(pending()).toBe(0);
    pass(1);
    expect(names().slice(34)).toEqual(numbered("f", 64).slice(32));
  });

  it("lets it give way no longer than 50 ms, however long the journal was held up", () => {
    const { mail, commit, pending, pass } = open({ maxPerAddressee: 1_000 });
    mail("somebody", "s");
    mail("flooded", ...numbered("f", 1_000));
    pass(60_000);
    commit();
    pass(49);
    expect(pending()).toBe(0);
    pass(1);
    expect(pending()).toBe(32);
  });

  it("lets it go on at once where half of what may wait is free again, and where it is alone", () => {
    const half = open({ maxPerAddressee: 1_000 });
    half.mail("somebody", "s");
    half.mail("busy", ...numbered("b", 500));
    half.pass(7);
    half.commit();
    expect(half.pending()).toBe(64);
    const alone = open({ maxPerAddressee: 1_000 });
    for (const share of ["f", "g"]) alone.mail("flooded", ...numbered(share, 1_000));
    alone.pass(7);
    alone.commit();
    expect(alone.pending()).toBe(976);
  });

  it("gives addressees that wait one turn each", () => {
    const { names, mail, commit } = open();
    for (let n = 0; n < 9; n++) mail(`filler${n}`, ...numbered(`filler${n}/`, 64));
    const before = names().length;
    mail("a", "a0", "a1");
    mail("b", "b0", "b1");
    for (let n = 0; n < 10; n++) commit();
    const rest = names()
      .slice(before)
      .filter((name) => /^[ab]/.test(name));
    expect(rest).toEqual(["a0", "b0", "a1", "b1"]);
  });

  it("holds back what is heavy, so that one group never becomes long", () => {
    const { gate, pending, commit, names } = open();
    for (let n = 0; n < 53; n++) gate.mail(`a${n}`, [new Letter(`m${n}`, 1_048_576)]);
    for (let n = 0; n < 64; n++) gate.control(new Letter(`c${n}`, 1_048_576));
    expect(pending()).toBeLessThanOrEqual(8);
    expect(() => gate.mail("one more", [new Letter("no", 1)])).toThrow(expect.objectContaining({ code: "busy" }));
    while (pending() > 0) commit();
    expect(names()).toHaveLength(117);
  });

  it("tells each publisher what the journal said, and goes on with those behind", () => {
    const { mail, commit, gate } = open();
    const letters = mail("a", ...numbered("a", 1_100));
    const failure = new Error("the disk is full");
    commit({ failure });
    expect(letters[0]?.ended).toEqual({ failure });
    expect(letters[1_099]?.ended).toBeUndefined();
    while (gate.state.addressees > 0) commit();
    expect(letters[1_099]?.ended).toBe("settled");
  });

  it("takes no more mail once closed, and is closed when all that it took is written", async () => {
    const { gate, mail, commit } = open();
    const letters = mail("a", ...numbered("a", 1_100));
    let closed = false;
    const closing = gate.close().then(() => {
      closed = true;
    });
    expect(() => mail("a", "late")).toThrow(expect.objectContaining({ code: "engine.stopping" }));
    commit();
    await Promise.resolve();
    expect(closed).toBe(false);
    while (gate.state.addressees > 0) commit();
    await closing;
    expect(letters.every(({ ended }) => ended === "settled")).toBe(true);
  });

  it("is closed without waiting for one that gives way", async () => {
    const { gate, mail, commit, pending, pass } = open({ maxPerAddressee: 1_000 });
    mail("somebody", "s");
    mail("flooded", ...numbered("f", 1_000));
    pass(7);
    commit();
    const closing = gate.close();
    for (let share = pending(); share > 0; share = pending()) {
      pass(7);
      commit();
    }
    await closing;
    expect(gate.state).toMatchObject({ mail: 0, addressees: 0 });
  });

  it("settles all it took exactly once, each addressee's in its order, whatever comes when", () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("mail" as const),
        who: fc.constantFrom("a", "b", "c"),
        count: fc.integer({ min: 1, max: 300 }),
      }),
      fc.record({
        kind: fc.constant("control" as const),
        who: fc.constant("own"),
        count: fc.integer({ min: 1, max: 700 }),
      }),
      fc.record({ kind: fc.constant("commit" as const) }),
      fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 9 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { gate, names, commit, pending, pass } = open({ maxPerAddressee: 500, maxWaiting: 900 });
        const taken: Letter[] = [];
        for (const [index, one] of steps.entries()) {
          if (one.kind === "commit") commit();
          else if (one.kind === "pass") pass(one.ms);
          else {
            const letters = numbered(`${one.who} ${index}.`, one.count).map((name) => new Letter(name));
            if (one.kind === "control") for (const letter of letters) gate.control(letter);
            if (one.kind === "control" || isTaken(() => gate.mail(one.who, letters))) taken.push(...letters);
          }
          expect(pending()).toBeLessThanOrEqual(1_536);
          expect(gate.state.mail).toBeLessThanOrEqual(900);
        }
        while (gate.state.addressees > 0 || pending() > 0) {
          commit();
          pass(50);
        }
        expect(taken.every(({ ended }) => ended === "settled")).toBe(true);
        for (const who of ["a", "b", "c", "own"]) {
          const of = (name: string) => name.startsWith(`${who} `);
          expect(names().filter(of)).toEqual(taken.map(({ name }) => name).filter(of));
        }
        expect(gate.state).toMatchObject({ control: 0, mail: 0, addressees: 0 });
      }),
    );
  });
});

describe("a refusal", () => {
  it("carries no trace of calls, which a flood would pay for a million times, and takes none from other errors", () => {
    const { mail } = open({ maxPerAddressee: 1 });
    for (let n = 0; n <= 512; n++) mail(`${n}`, "letter");
    const refused = failureOf(() => mail("512", "one too many"));
    expect(refused).toMatchObject({ code: "busy", stack: expect.not.stringContaining(" at ") as string });
    expect(new Error("another").stack).toContain(" at ");
  });
});
