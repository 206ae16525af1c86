import { execFileSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { faults } from "../../src/cli/prove/faults.ts";
import type { Proved } from "../../src/cli/prove/report-text.ts";
import { type AnyEvent, is } from "../../src/events/envelope.ts";
import { aios } from "../support/cli.ts";

const deaf = path.resolve(import.meta.dirname, "../fixtures/programs/deaf-agent.mjs");
const toolbox = path.resolve(import.meta.dirname, "../../examples/prove/tools.mjs");

/** The experiment, with its folder kept for a look at what its engines wrote. */
async function proved(...more: readonly string[]) {
  const { code, json, err } = await aios(["prove", "--json", "--keep", ...more]);
  const said = json() as Proved & { readonly folder: string };
  onTestFinished(() => rm(said.folder, { recursive: true, force: true }));
  return { code, said, err };
}

async function journal(folder: string, engine: string): Promise<readonly AnyEvent[]> {
  const text = await readFile(path.join(folder, "engines", engine, "events.jsonl"), "utf8");
  const lines = text.trim().split("\n");
  return lines.map((line) => JSON.parse(line) as AnyEvent);
}

/** Of the tasks that were compared: the lessons that each attempt was handed. */
async function handed(folder: string, engine: string, from: number): Promise<readonly number[]> {
  const events = (await journal(folder, engine)).slice(from);
  return events.flatMap((event) => (is(event, "task.started") ? [event.data.lessons.length] : []));
}

describe("aios prove", () => {
  it("proves with real failures that lessons help, and shuffled ones do not", async () => {
    const { code, said, err } = await proved("--size", "2", "--seed", "5");
    expect(said.findings.filter(({ holds }) => !holds)).toEqual([]);
    expect({ code, proven: said.proven, lessons: said.lessons }).toEqual({
      code: 0,
      proven: true,
      lessons: faults.length,
    });
    expect(said.runs.on.n + said.leftOut).toBe(2 * faults.length);
    expect(err).toContain(`${faults.length} of ${faults.length} lessons verified`);
    // The three go on from one journal; what differs is what their agents were handed.
    const taught = await journal(said.folder, "taught");
    for (const name of ["off", "on", "shuffled"] as const) {
      const own = await journal(said.folder, name);
      expect(own.slice(0, taught.length)).toEqual(taught);
      expect(own.slice(taught.length).filter(({ type }) => type === "playbook.matched")).toEqual([]);
      const lessons = await handed(said.folder, name, taught.length);
      expect(lessons.length).toBeGreaterThan(0);
      expect(lessons.every((n) => (name === "off" ? n === 0 : n > 0))).toBe(true);
    }
    const credited = taught.filter(({ type }) => type === "lesson.promoted");
    expect(credited).toHaveLength(faults.length);
  });

  it("finds nothing with an agent that does not hear, and says so", async () => {
    const { code, said } = await proved("--size", "1", "--seed", "5", "--agent", deaf);
    expect({ code, proven: said.proven, lessons: said.lessons }).toEqual({
      code: 1,
      proven: false,
      lessons: faults.length,
    });
    expect(said.findings.filter(({ holds }) => !holds).map(({ text }) => text)).toContain(
      "with memory more is fixed than without",
    );
    // The same guesses for the same jobs: not even by chance one run is better than another.
    expect(said.runs.on.fixed).toBe(said.runs.off.fixed);
  });

  it("gives the agent a tool for every fault, and takes only what it can use", async () => {
    const usage = (() => {
      try {
        return execFileSync(process.execPath, [toolbox], { stdio: "pipe" }).toString();
      } catch (failure) {
        return String((failure as { readonly stderr: Buffer }).stderr);
      }
    })();
    for (const { tool } of faults) expect(usage).toContain(tool);
    for (const wrong of [
      ["--seed", "x"],
      ["--size", "0"],
      ["--agent", "/no/such/agent.mjs"],
    ]) {
      const { code, err } = await aios(["prove", ...wrong]);
      expect([wrong, code]).toEqual([wrong, 2]);
      expect(err).toContain(wrong[0]);
    }
  });
});
