import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, inject, it } from "vitest";
import { type AnyEvent, is } from "../../../src/events/envelope.ts";
import type { Stall } from "../../../src/kernel/watch.ts";
import { Program, type ProgramWorld } from "../../support/program.ts";
import { tempDir } from "../../support/temp-dir.ts";

interface Started {
  readonly pid: number;
}

/** What each engine printed when it was ready. */
const readyIn = (out: string) =>
  out.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Started] : []));

async function supervised(words: readonly string[] = [], world: Omit<ProgramWorld, "cwd"> = {}) {
  const cwd = await tempDir();
  const env = { AIOS_DATA_DIR: path.join(cwd, "data") };
  const program = new Program(["start", "--supervise", "--json", ...words], {
    ...world,
    cwd,
    env: { ...env, ...world.env },
  });
  return { program, dataDir: env.AIOS_DATA_DIR, cwd, env };
}

describe("aios start --supervise", () => {
  it("starts an engine that was killed again, says so, and ends in order when asked", {
    timeout: 120_000,
  }, async () => {
    const { program, dataDir } = await supervised();
    await program.until(({ out }) => readyIn(out).length === 1);
    const [first] = readyIn(program.out);
    expect(first?.pid).not.toBe(program.child.pid);
    process.kill(first?.pid ?? 0, "SIGKILL");
    await program.until(({ out }) => readyIn(out).length === 2);
    expect(program.err).toContain("the engine ended and is started again");
    expect(program.err).toContain("signal SIGKILL");
    const second = readyIn(program.out)[1];
    expect(second?.pid).not.toBe(first?.pid);
    program.kill("SIGTERM");
    const { code } = await program.ended;
    expect(code).toBe(0);
    const events = (await readFile(path.join(dataDir, "events.jsonl"), "utf8")).trimEnd().split("\n");
    expect(JSON.parse(events.at(-1) ?? "{}")).toMatchObject({ type: "engine.stopped" });
  });

  it("ends at once with the code of a command line that is wrong", { timeout: 60_000 }, async () => {
    const { program } = await supervised(["--port", "many"]);
    expect((await program.ended).code).toBe(2);
  });

  it("leaves no engine behind when it is killed itself", { timeout: 120_000 }, async () => {
    const { program, dataDir } = await supervised();
    await program.until(({ out }) => readyIn(out).length === 1);
    program.kill("SIGKILL");
    await program.ended;
    const last = async () => {
      const text = await readFile(path.join(dataDir, "events.jsonl"), "utf8");
      return JSON.parse(text.trimEnd().split("\n").at(-1) ?? "{}") as { readonly type: string };
    };
    await expect.poll(last, { timeout: 30_000 }).toMatchObject({ type: "engine.stopped" });
  });
});

/** What a worker thread wrote down of the engine's own. */
async function stallsIn(dataDir: string): Promise<readonly Stall[]> {
  const text = await readFile(path.join(dataDir, "watchdog.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Stall);
}

describe("an actor whose handler never returns, under aios start --supervise and the usual limits", () => {
  it("is written down with its event within 2 s, ends the process after 10 s, and the engine goes on without that event", {
    timeout: 240_000,
  }, async () => {
    const main = inject("modularMain");
    const preload = pathToFileURL(path.join(import.meta.dirname, "../../fixtures/loop-in-handler.mjs")).href;
    const LOOP_MACHINE = pathToFileURL(path.join(path.dirname(main), "machines/agent.js")).href;
    const looping = { main, env: { NODE_OPTIONS: `--import ${preload}`, LOOP_MACHINE } };
    const { program, dataDir, cwd, env } = await supervised([], looping);
    const aios = (...argv: readonly string[]) => new Program([...argv, "--json"], { cwd, env });
    await program.until(({ out }) => readyIn(out).length === 1);
    expect((await aios("agents", "register", "looping", "--", "true").ended).code).toBe(0);
    const order = aios("agents", "drain", "looping");
    // Once where it happened, and once more where the next engine reads the journal: then the event is left out.
    await program.until(({ out }) => readyIn(out).length === 2);
    await order.ended;
    const stalls = await stallsIn(dataDir);
    expect(stalls.map(({ ended }) => ended)).toEqual([false, true, false, true]);
    for (const { actor, what, ended, blockedMs } of stalls) {
      expect([actor, what]).toEqual(["agent/looping", "agent.drained"]);
      // Time in which the worker itself ran, so that a busy machine makes neither longer.
      expect(blockedMs).toBeGreaterThanOrEqual(ended ? 10_000 : 1_500);
      expect(blockedMs).toBeLessThan(ended ? 11_000 : 2_000);
    }
    expect(program.err.match(/"signal SIGABRT"/g)).toHaveLength(2);
    const journal = (await readFile(path.join(dataDir, "events.jsonl"), "utf8")).trimEnd().split("\n");
    const drained = journal.map((line) => JSON.parse(line) as AnyEvent).filter((event) => is(event, "agent.drained"));
    expect(drained.map(({ sequence }) => sequence)).toEqual([stalls[0]?.sequence]);
    const skipped = journal
      .map((line) => JSON.parse(line) as AnyEvent)
      .find((event) => is(event, "actor.event_skipped"));
    expect(skipped?.data).toMatchObject({ actor: "agent/looping", eventSequence: stalls[0]?.sequence });
    const incidents = await aios("incidents", "list").ended;
    expect(incidents.out.toString()).toContain("agent/looping kept the engine's thread to itself");
  });
});

describe("a second engine on one directory", () => {
  it("is refused with who holds it and what to do, and the first goes on", { timeout: 120_000 }, async () => {
    const cwd = await tempDir();
    const env = { AIOS_DATA_DIR: path.join(cwd, "data") };
    const holder = new Program(["start", "--json"], { cwd, env });
    await holder.until(({ out }) => readyIn(out).length === 1);
    const other = await new Program(["start", "--json"], { cwd, env }).ended;
    expect(other.code).toBe(1);
    expect(other.err).toContain(`process ${holder.child.pid}`);
    expect(other.err).toMatch(/answers at http:\/\/127\.0\.0\.1:\d+/);
    expect(other.err).toContain("AIOS_DATA_DIR");
    expect(holder.child.exitCode).toBeNull();
  });
});
