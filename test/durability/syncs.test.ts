import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { tempDir } from "../support/temp-dir.ts";
import { Caller, Life } from "./support/life.ts";

/** Batches one after the other, then others by callers at once. */
const IN_TURN = 30;
const CALLERS = 16;
const EACH = 20;
const BATCH = 10;

const hasStrace = spawnSync("strace", ["-V"]).status === 0;
if (!hasStrace) process.stdout.write("syncs: not measured, strace is not on this machine\n");

/** What the kernel was asked for, in order: the open segment was synced, or a batch was acknowledged. */
type Call = "synced" | "acknowledged";

function callsIn(trace: string): readonly Call[] {
  const unfinished = new Set<string>();
  return trace.split("\n").flatMap((line): Call[] => {
    const thread = /^\d+/.exec(line)?.[0] ?? "";
    if (line.includes("HTTP/1.1 202")) return ["acknowledged"];
    if (/fdatasync\(\d+<[^>]*\/events\.jsonl>/.test(line)) {
      if (line.endsWith("= 0")) return ["synced"];
      unfinished.add(thread);
    }
    return line.includes("<... fdatasync resumed>") && line.endsWith("= 0") && unfinished.delete(thread)
      ? ["synced"]
      : [];
  });
}

describe.runIf(hasStrace)("the built engine, watched from outside", () => {
  it("has synced its journal before each acknowledgement, and once for many that come together", async () => {
    const folder = await tempDir();
    const settings = { http: { port: 0 }, sensors: { enabled: false }, log: { level: "error" } };
    await writeFile(path.join(folder, "aios.config.json"), JSON.stringify(settings));
    const trace = path.join(folder, "trace");
    const life = new Life(folder, {
      nodeOptions: [],
      env: {},
      // With -D the engine is the process that was started, and strace looks on from another.
      under: ["strace", "-D", "-f", "-y", "-s", "16", "-e", "trace=fdatasync,write,writev", "-o", trace],
    });
    onTestFinished(() => life.kill());
    const caller = await Caller.of(await life.ready, life.dataDir);
    const batch = Array.from({ length: BATCH }, (_, n) => ({ type: "load.tick", data: { n } }));
    const post = async () => expect((await caller.post("/events", batch)).status).toBe(202);
    for (let n = 0; n < IN_TURN; n++) await post();
    const atOnce = async () => {
      for (let n = 0; n < EACH; n++) await post();
    };
    await Promise.all(Array.from({ length: CALLERS }, atOnce));
    await life.stop();
    const calls = callsIn(await readFile(trace, "utf8"));
    const last = calls.flatMap((call, at) => (call === "acknowledged" ? [at] : []))[IN_TURN - 1] ?? -1;
    const inTurn = calls.slice(0, last + 1);
    const rest = calls.slice(last + 1);

    const acknowledged = (calls: readonly Call[]) => calls.filter((call) => call === "acknowledged").length;
    const say = (calls: readonly Call[]) =>
      `${acknowledged(calls)} batches of ${BATCH} events acknowledged, ${calls.length - acknowledged(calls)} fdatasync of the journal`;
    process.stdout.write(`syncs: one caller: ${say(inTurn)}\n`);
    process.stdout.write(`syncs: ${CALLERS} callers: ${say(rest)}\n`);
    const unsynced = inTurn.filter((call, at) => call === "acknowledged" && inTurn[at - 1] !== "synced");
    expect(unsynced).toEqual([]);
    expect(acknowledged(inTurn)).toBe(IN_TURN);
    expect(acknowledged(rest)).toBe(CALLERS * EACH);
    expect(rest.indexOf("synced")).toBeLessThan(rest.indexOf("acknowledged"));
    expect(rest.length - acknowledged(rest)).toBeLessThan(acknowledged(rest));
  });
});
