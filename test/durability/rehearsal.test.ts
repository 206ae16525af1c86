import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { tempDir } from "../support/temp-dir.ts";
import { Caller, Life } from "./support/life.ts";

const hasStrace = spawnSync("strace", ["-V"]).status === 0;
if (!hasStrace) process.stdout.write("rehearsal: not looked at from outside, strace is not on this machine\n");

/** Whatever starts, ends or reaches anybody, or leaves something on a disk. */
const ACTS = [
  [
    "execve",
    "execveat",
    "fork",
    "vfork",
    "kill",
    "tkill",
    "tgkill",
    "pidfd_send_signal",
    "connect",
    "sendto",
    "sendmsg",
  ],
  [
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "mkdir",
    "mkdirat",
  ],
  ["rmdir", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "truncate", "ftruncate", "fallocate"],
  ["utimensat", "open", "openat", "creat", "write", "writev", "pwrite64", "pwritev", "fsync", "fdatasync"],
].flat();

/** Calls that did something: opening to read and answering over a socket or a pipe are no such thing. */
function deedsIn(trace: string): readonly string[] {
  return trace.split("\n").filter((line) => {
    const call = /^\d+ +(?:<\.\.\. )?(\w+)/.exec(line)?.[1];
    if (call === undefined || !ACTS.includes(call) || line.includes("resumed>")) return false;
    if (call === "open" || call === "openat") return /O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)/.test(line);
    if (call.startsWith("write") || call.startsWith("pwrite")) return /^\d+ +\w+\(\d+<\//.test(line);
    return true;
  });
}

/** Every file below a folder with its bytes. */
function standing(folder: string): string {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.endsWith("trace"))
    .sort()
    .map((file) => `${file} ${readFileSync(file).toString("base64")}`)
    .join("\n");
}

interface Shipped {
  readonly id: string;
  readonly tests?: readonly { readonly event: object; readonly expect: string }[];
}

function shipped(): readonly Shipped[] {
  const folder = path.resolve(import.meta.dirname, "..", "..", "playbooks");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(path.join(folder, file), "utf8")) as Shipped);
}

const idle = { type: "resource.high", data: { scope: "host", resource: "cpu", value: 99, threshold: 80 } };

describe.runIf(hasStrace)("a dry run of the built engine, watched from outside", () => {
  it("starts, ends, reaches and changes nothing, for every playbook that ships", async () => {
    const folder = await tempDir();
    const settings = {
      http: { port: 0 },
      sensors: { enabled: false },
      log: { level: "error" },
      agents: {
        declared: [
          {
            id: "a",
            kind: "process",
            concurrency: 3,
            config: { command: [process.execPath, "-e", "0"], model: "big", fallbackModel: "small" },
          },
        ],
      },
    };
    await writeFile(path.join(folder, "aios.config.json"), JSON.stringify(settings));
    const trace = path.join(folder, "trace");
    const life = new Life(folder, {
      nodeOptions: [],
      env: {},
      under: ["strace", "-D", "-f", "-y", "-s", "64", "-e", `trace=read,${ACTS.join(",")}`, "-o", trace],
    });
    onTestFinished(() => life.kill());
    const caller = await Caller.of(await life.ready, life.dataDir);
    const mark = (name: string) => caller.get(`/tasks?mark=${name}`).catch(() => undefined);

    await mark("begins");
    const before = standing(folder);
    const verdicts = new Map<string, number>();
    for (const { id, tests = [] } of shipped()) {
      const event = tests.find((one) => one.expect === "match")?.event ?? idle;
      const answers = [
        await caller.post(`/playbooks/${id}/dry-run`, { event }),
        await caller.post(`/playbooks/${id}/run/dry-run`, { about: { event } }),
      ];
      for (const { status, body } of answers) {
        expect([id, status]).toEqual([id, 200]);
        const { verdict } = body as { readonly verdict: string };
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      }
    }
    const after = standing(folder);
    await mark("ends");
    await caller.post("/events", { type: "load.tick", data: {} });
    await life.stop();

    process.stdout.write(`rehearsal: ${JSON.stringify(Object.fromEntries(verdicts))}\n`);
    expect(verdicts.get("would_act")).toBeGreaterThan(10);
    const lines = await readFile(trace, "utf8");
    const [begins, ends] = [lines.indexOf("mark=begins"), lines.indexOf("mark=ends")];
    expect(begins).toBeGreaterThan(0);
    expect(ends).toBeGreaterThan(begins);
    expect(deedsIn(lines.slice(begins, ends))).toEqual([]);
    expect(after).toBe(before);
    // The same look sees the journal take an event.
    expect(deedsIn(lines.slice(ends)).some((line) => line.includes("events.jsonl"))).toBe(true);
  });
});
