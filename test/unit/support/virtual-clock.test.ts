import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pause } from "../../../src/kernel/clock.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const DAY_MS = 86_400_000;

function clockWithLog() {
  const clock = new VirtualClock(1_000);
  const log: string[] = [];
  const arm = (atMs: number, name: string) => clock.at(atMs, () => log.push(`${name}@${clock.now()}`));
  return { clock, log, arm };
}

describe("VirtualClock", () => {
  it("moves wall time and monotonic time together", async () => {
    const clock = new VirtualClock(1_000);
    await clock.advance(250);
    clock.advanceSync(250);
    expect([clock.now(), clock.monotonic()]).toEqual([1_500, 500]);
  });

  it("fires due timers by time, then by arming, each at its own time", async () => {
    const { clock, log, arm } = clockWithLog();
    arm(1_300, "late");
    arm(1_100, "first");
    arm(1_100, "second");
    arm(1_301, "not yet");
    await clock.advance(300);
    expect(log).toEqual(["first@1100", "second@1100", "late@1300"]);
    expect([clock.armed, clock.nextAt]).toEqual([1, 1_301]);
  });

  it("fires timers armed by timers, as long as they fall due", () => {
    const { clock, log } = clockWithLog();
    const tick = () => {
      log.push(`tick@${clock.now()}`);
      clock.at(clock.now() + 100, tick);
    };
    clock.at(1_100, tick);
    clock.advanceSync(350);
    expect(log).toEqual(["tick@1100", "tick@1200", "tick@1300"]);
    expect(clock.now()).toBe(1_350);
  });

  it("does not fire what was cancelled, even by a timer of the same instant", async () => {
    const { clock, log, arm } = clockWithLog();
    clock.at(1_100, () => cancel());
    const cancel = arm(1_100, "cancelled");
    await clock.advance(1_000);
    cancel();
    expect(log).toEqual([]);
  });

  it("lets promises run between two timers", async () => {
    const { clock, log } = clockWithLog();
    const walk = async () => {
      await pause(clock, 100);
      log.push(`one@${clock.now()}`);
      await pause(clock, 100);
      log.push(`two@${clock.now()}`);
    };
    const walked = walk();
    await clock.advance(200);
    await walked;
    expect(log).toEqual(["one@1100", "two@1200"]);
  });

  it("waits for real files that a timer began to write before the next one fires", async () => {
    const folder = await mkdtemp(join(tmpdir(), "virtual-clock-"));
    try {
      const clock = new VirtualClock();
      const path = join(folder, "log");
      let seen = "nothing";
      const write = async () => {
        const file = await open(path, "a");
        for (let line = 0; line < 5; line++) {
          await file.write(`line ${line}\n`);
          await file.datasync();
        }
        await file.close();
        clock.at(clock.now() + 10, () => void readFile(path, "utf8").then((text) => (seen = text)));
      };
      clock.at(clock.now() + 10, () => void write());
      await clock.advance(20);
      expect(seen).toBe("line 0\nline 1\nline 2\nline 3\nline 4\n");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("jumps the wall clock alone, and what became due fires with the next advance", async () => {
    const { clock, log, arm } = clockWithLog();
    arm(1_000 + DAY_MS, "tomorrow");
    clock.jump(2 * DAY_MS);
    expect([clock.now(), clock.monotonic(), log.length]).toEqual([1_000 + 2 * DAY_MS, 0, 0]);
    await clock.advance(0);
    expect(log).toEqual([`tomorrow@${1_000 + 2 * DAY_MS}`]);
  });

  it("makes a timer wait longer when the wall clock is set back", async () => {
    const { clock, log, arm } = clockWithLog();
    arm(1_100, "timer");
    clock.jump(-500);
    await clock.advance(599);
    expect(log).toEqual([]);
    await clock.advance(1);
    expect(log).toEqual(["timer@1100"]);
    expect(clock.monotonic()).toBe(600);
  });

  it("reaches timers further away than a Node timer can", async () => {
    const { clock, log, arm } = clockWithLog();
    arm(1_000 + 60 * DAY_MS, "far");
    await clock.advance(60 * DAY_MS);
    expect(log).toEqual([`far@${1_000 + 60 * DAY_MS}`]);
  });

  it("hands on what a timer throws, and can advance again afterwards", async () => {
    const { clock, log, arm } = clockWithLog();
    clock.at(1_100, () => {
      throw new Error("broken handler");
    });
    arm(1_200, "next");
    await expect(clock.advance(500)).rejects.toThrow("broken handler");
    await clock.advance(100);
    expect(log).toEqual(["next@1200"]);
  });

  it("refuses to advance while it is advancing", async () => {
    const clock = new VirtualClock();
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow("already advancing");
    expect(() => clock.advanceSync(10)).toThrow("already advancing");
    await first;
  });
});
