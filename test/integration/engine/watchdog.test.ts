import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { type AnyEvent, is } from "../../../src/events/envelope.ts";
import type { Stall } from "../../../src/kernel/watch.ts";
import { tempDir } from "../../support/temp-dir.ts";

const program = path.join(import.meta.dirname, "../../fixtures/stuck-program.mjs");

interface Run {
  readonly events: readonly AnyEvent[];
  readonly ended: { readonly code: number | null; readonly signal: string | null };
  readonly said: string;
}

/** Runs a program around the built engine until it ends, or until `enough` holds of its events; then it is ended. */
async function runStuck(dataDir: string, enough: (events: readonly AnyEvent[]) => boolean): Promise<Run> {
  const supervision = { watchdog: { stallMs: 300, endMs: 900 } };
  const config = { dataDir, supervision, sensors: { enabled: false }, log: { level: "error" } };
  const engineFile = path.join(path.dirname(inject("builtMain")), "index.js");
  const child = spawn(process.execPath, [program, engineFile, JSON.stringify(config)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = new Promise<Run["ended"]>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const events: AnyEvent[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    events.push(JSON.parse(line) as AnyEvent);
    if (enough(events)) child.kill("SIGKILL");
  }
  return { events, ended: await ended, said };
}

async function stallsIn(dataDir: string): Promise<readonly Stall[]> {
  const text = await readFile(path.join(dataDir, "watchdog.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Stall);
}

describe("a function that never gives the thread back", () => {
  it("is written down, ends the process, and is not begun again for ever", { timeout: 120_000 }, async () => {
    const dataDir = path.join(await tempDir(), "data");
    for (const time of [1, 2]) {
      const { ended, said } = await runStuck(dataDir, () => false);
      expect(ended).toEqual({ code: null, signal: "SIGABRT" });
      expect(said).toContain("the engine's thread is stuck");
      const stalls = await stallsIn(dataDir);
      expect(stalls.map((stall) => stall.ended)).toEqual(Array.from({ length: time }, () => [false, true]).flat());
      for (const stall of stalls)
        expect(stall).toMatchObject({ actor: "agent/stuck", what: expect.stringMatching(/^task\/task-/) as string });
    }
    const { events } = await runStuck(dataDir, (seen) => seen.some(({ type }) => type === "task.failed"));
    const dead = events.find((event) => is(event, "task.failed"));
    expect(dead?.data).toMatchObject({ state: "dead", error: { code: "AIOS_STALLED" } });
    const journal = (await readFile(path.join(dataDir, "events.jsonl"), "utf8"))
      .split("\n")
      .filter((line) => line !== "");
    const all = journal.map((line) => JSON.parse(line) as AnyEvent);
    expect(all.filter((event) => is(event, "task.started"))).toHaveLength(3);
    const told = all.flatMap((event) => (is(event, "engine.stalled") ? [event.data] : []));
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ actor: "agent/stuck", ended: true });
    expect(all.filter((event) => is(event, "incident.opened")).map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ title: "agent/stuck kept the engine's thread to itself", needsPerson: true }),
    );
  });
});
