import { describe, expect, it } from "vitest";
import { Turns } from "../../../src/actors/turns.ts";

/** Work that is under way until it is told to end. */
function held(done: string[], name: string) {
  let end: () => void = () => undefined;
  const until = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async () => {
    done.push(`${name} begins`);
    await until;
    done.push(name);
  };
  return { work, end };
}

describe("work in turn", () => {
  it("is done one after the other, each lane in its order and what is urgent first", async () => {
    const done: string[] = [];
    const turns = new Turns();
    const first = held(done, "first");
    turns.add("usual", first.work);
    await Promise.resolve();
    for (const name of ["usual 1", "usual 2"]) turns.add("usual", async () => void done.push(name));
    for (const name of ["urgent 1", "urgent 2"]) turns.add("urgent", async () => void done.push(name));
    expect(turns.waiting).toBe(5);
    expect(done).toEqual(["first begins"]);
    first.end();
    await turns.settled();
    expect(done).toEqual(["first begins", "first", "urgent 1", "urgent 2", "usual 1", "usual 2"]);
    expect(turns.waiting).toBe(0);
  });

  it("goes on after it had nothing to do", async () => {
    const done: string[] = [];
    const turns = new Turns();
    for (const name of ["one", "two"]) {
      turns.add("usual", async () => void done.push(name));
      await turns.settled();
    }
    expect(done).toEqual(["one", "two"]);
  });

  it("that was let go is never begun, and what is under way ends", async () => {
    const done: string[] = [];
    const turns = new Turns();
    const first = held(done, "first");
    turns.add("usual", first.work);
    await Promise.resolve();
    turns.add("usual", async () => void done.push("second"));
    turns.add("urgent", async () => void done.push("third"));
    expect(turns.letGo()).toBe(2);
    first.end();
    await turns.settled();
    expect(done).toEqual(["first begins", "first"]);
  });
});
