import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { aios } from "../../support/cli.ts";
import { tempDir } from "../../support/temp-dir.ts";

interface Said {
  readonly simulated: boolean;
  readonly seed: number;
  readonly digest: string;
  readonly events: number;
  readonly types: Readonly<Record<string, number>>;
  readonly tasks: Readonly<Record<string, number>>;
  readonly journal?: string;
  readonly lost?: number;
}

const brief = ["--days", "0.1", "--agents", "25"];
const simulate = (...argv: string[]) => aios(["simulate", ...argv]);
const said = async (...argv: string[]) => (await simulate(...brief, "--json", ...argv)).json() as Said;

describe("aios simulate", () => {
  it("writes the same bytes for the same seed, and others for another", async () => {
    const [one, two] = [await tempDir(), await tempDir()];
    const first = await said("--seed", "3", "--out", one);
    const second = await said("--seed", "3", "--out", two);
    const bytes = await readFile(path.join(one, "events.jsonl"));
    expect(bytes.equals(await readFile(path.join(two, "events.jsonl")))).toBe(true);
    expect(second).toEqual({ ...first, ...timing(second), journal: path.join(two, "events.jsonl") });
    const { digest, ...other } = await said("--seed", "4");
    expect(digest).not.toBe(first.digest);
    expect(other.journal).toBeUndefined();
  });

  it("keeps a sealed journal that verifies, replays and counts to what was told", async () => {
    const out = await tempDir();
    const { events, types, journal = "" } = await said("--out", out);
    expect((await aios(["journal", "verify", "--data-dir", out, "--json"])).json()).toMatchObject({
      ok: true,
      lines: events,
      lastSequence: events,
    });
    expect((await aios(["journal", "stats", "--data-dir", out, "--json"])).json()).toMatchObject({ events, types });
    const replayed = await aios(["journal", "replay", journal, "--type", "task.succeeded"]);
    expect(replayed.out.trimEnd().split("\n")).toHaveLength(types["task.succeeded"] ?? 0);
  });

  it("seals with the key of its configuration", async () => {
    const out = await tempDir();
    const env = { AIOS_JOURNAL_KEY: "a key that is long enough", AIOS_CONFIG_PATH: path.join(out, "config.json") };
    await writeFile(env.AIOS_CONFIG_PATH, JSON.stringify({ tasks: { maxConcurrent: 2 } }));
    expect((await aios(["simulate", ...brief, "--out", path.join(out, "data")], { env })).code).toBe(0);
    const verify = ["journal", "verify", path.join(out, "data", "events.jsonl")];
    expect((await aios(verify, { env })).code).toBe(0);
    expect((await aios(verify)).code).toBe(1);
  });

  it("counts for every task what became of it", async () => {
    const { tasks, types } = await said("--seed", "2");
    expect(tasks["submitted"]).toBe(types["task.submitted"]);
    expect(tasks["succeeded"]).toBe(types["task.succeeded"]);
    expect(tasks["submitted"]).toBeGreaterThan(10);
  });

  it("says to people that it is a simulation, how long it took and what its digest is", async () => {
    const { code, out } = await simulate(...brief);
    expect(code).toBe(0);
    expect(out.split("\n")[0]).toMatch(/^simulation +all of it is made up/);
    expect(out).toMatch(/virtual time +2 h 24 min/);
    expect(out).toMatch(/digest +[0-9a-f]{64}/);
    expect(out).toContain("task.submitted");
  });

  it("loses the events of a type before they are written, and says how many", async () => {
    const whole = await said();
    const without = await said("--without", "task.usage");
    expect(without.types["task.usage"]).toBeUndefined();
    expect(without.lost).toBe(whole.types["task.usage"]);
    expect(without.digest).not.toBe(whole.digest);
  });

  it.each([
    [["--days", "0"], /--days takes a number of days/],
    [["--days", "week"], /--days takes a number of days/],
    [["--agents", "0"], /--agents takes a whole number from 1 on/],
    [["--seed", "-1"], /seed/],
    [["--seed", "4294967296"], /--seed takes a whole number below/],
    [["--without", "task.suceeded"], /did you mean "task.succeeded"/],
    [["--without", "journal.opened"], /cannot begin without/],
  ])("refuses %s as bad usage, and says what to change", async (argv, message) => {
    const { code, err } = await simulate(...argv);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });

  it("overwrites no journal", async () => {
    const out = await tempDir();
    await said("--out", out);
    const before = await stat(path.join(out, "events.jsonl"));
    const { code, err } = await simulate(...brief, "--out", out);
    expect([code, err]).toEqual([1, expect.stringContaining("exists already")]);
    expect((await stat(path.join(out, "events.jsonl"))).size).toBe(before.size);
  });
});

/** What was measured of the machine and not made up. */
function timing(said: Said): object {
  return Object.fromEntries(Object.entries(said).filter(([name]) => name === "wallMs" || name === "eventsPerSecond"));
}
