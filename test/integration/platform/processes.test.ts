import { chmod, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ChildProcess, ProcessIdentity, StartCommand } from "../../../src/kernel/processes.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { systemEntropy } from "../../../src/platform/entropy.ts";
import { createPortableProcesses } from "../../../src/platform/portable-processes.ts";
import { isAlive, readStat } from "../../../src/platform/proc-table.ts";
import { createProcesses } from "../../../src/platform/processes.ts";
import { tempDir } from "../../support/temp-dir.ts";

const fixtures = path.resolve(import.meta.dirname, "../../fixtures/processes");
const deps = { clock: systemClock, entropy: systemEntropy };
const processes = createProcesses(deps);
const env = { PATH: process.env["PATH"] ?? "" };

async function start(argv: StartCommand["argv"], options: Partial<StartCommand> = {}): Promise<ChildProcess> {
  const child = await processes.start({ argv, cwd: fixtures, env, stdin: "ignore", ...options });
  onTestFinished(async () => {
    await processes.end(child.identity, { graceMs: 0 }).catch(() => {});
  });
  return child;
}

async function firstLine(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += Buffer.from(chunk).toString("utf8");
    if (text.includes("\n")) break;
  }
  return text.slice(0, text.indexOf("\n"));
}

async function family(role: "root" | "leave") {
  const child = await start([process.execPath, "family.mjs", role]);
  const said: { pids: number[] } = JSON.parse(await firstLine(child.stdout));
  return { child, pids: said.pids };
}

function lives(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== undefined && isAlive(stat);
}

describe.runIf(process.platform === "linux")("processes on Linux", () => {
  it("ends a whole tree: group, own sessions that ignore TERM, and orphans; and nobody else", async () => {
    const [target, bystander] = await Promise.all([family("root"), family("root")]);
    expect(await processes.tree(target.child.identity)).toEqual(expect.arrayContaining(target.pids));

    const report = await processes.end(target.child.identity, { graceMs: 200 });

    expect(report.signal).toBe("SIGKILL");
    expect(report.remaining).toEqual([]);
    expect(new Set(report.ended)).toEqual(new Set([target.child.identity.pid, ...target.pids]));
    expect([target.child.identity.pid, ...target.pids].filter(lives)).toEqual([]);
    expect([bystander.child.identity.pid, ...bystander.pids].every(lives)).toBe(true);
    expect(await target.child.exited).toEqual({ code: null, signal: "SIGTERM" });
  });

  it("ends what is left of a tree whose root has already gone", async () => {
    const { child, pids } = await family("leave");
    await child.exited;
    expect(pids.every(lives)).toBe(true);
    const report = await processes.end(child.identity, { graceMs: 50 });
    expect(report.remaining).toEqual([]);
    expect(pids.filter(lives)).toEqual([]);
  });

  it("finds a tree again by the identity alone, as after a restart of the engine", async () => {
    const { child, pids } = await family("leave");
    await child.exited;
    const identity: ProcessIdentity = JSON.parse(JSON.stringify(child.identity));
    const restarted = createProcesses(deps);
    expect(new Set(await restarted.tree(identity))).toEqual(new Set(pids));
    await restarted.end(identity, { graceMs: 0 });
    expect(pids.filter(lives)).toEqual([]);
  });

  it("finds what an engine before left behind by its owner alone, and nothing of another's", async () => {
    const owned = createProcesses({ ...deps, owner: "mine" });
    const child = await owned.start({
      argv: [process.execPath, "family.mjs", "leave"],
      cwd: fixtures,
      env,
      stdin: "ignore",
    });
    const { pids }: { pids: number[] } = JSON.parse(await firstLine(child.stdout));
    await child.exited;
    expect(await owned.strays()).toEqual([]);
    expect(await createProcesses({ ...deps, owner: "mi" }).strays()).toEqual([]);
    const restarted = createProcesses({ ...deps, owner: "mine" });
    const strays = await restarted.strays();
    expect(strays.map(({ ownerToken }) => ownerToken)).toEqual([child.identity.ownerToken]);
    for (const stray of strays) await restarted.end(stray, { graceMs: 0 });
    expect(pids.filter(lives)).toEqual([]);
    expect(await restarted.strays()).toEqual([]);
  });

  it("asks politely first, and reports TERM when that was enough", async () => {
    const child = await start([process.execPath, "family.mjs", "plain"]);
    await firstLine(child.stdout);
    const report = await processes.end(child.identity, { graceMs: 10_000 });
    expect(report).toEqual({ ended: [child.identity.pid], remaining: [], signal: "SIGTERM" });
  });

  it("wakes a stopped process so that it can end politely", async () => {
    const child = await start([process.execPath, "family.mjs", "plain"]);
    await firstLine(child.stdout);
    process.kill(child.identity.pid, "SIGSTOP");
    expect((await processes.end(child.identity, { graceMs: 10_000 })).signal).toBe("SIGTERM");
  });

  it("reports that nothing was left to end once the tree is gone", async () => {
    const child = await start(["true"]);
    await child.exited;
    expect(await processes.find(child.identity)).toBeUndefined();
    expect(await processes.usage(child.identity)).toBeUndefined();
    expect(await processes.end(child.identity, { graceMs: 10_000 })).toEqual({
      ended: [],
      remaining: [],
      signal: "none",
    });
  });

  it.each<[string, (identity: ProcessIdentity) => ProcessIdentity]>([
    ["start time", (identity) => ({ ...identity, startTime: "1", ownerToken: "other" })],
    ["boot id", (identity) => ({ ...identity, bootId: "00000000-0000-0000-0000-000000000000" })],
    ["owner token", (identity) => ({ ...identity, ownerToken: "guessed" })],
  ])("refuses to end a process whose %s is another", async (_what, forge) => {
    const child = await start([process.execPath, "family.mjs", "plain"]);
    await firstLine(child.stdout);
    const forged = forge(child.identity);
    await expect(processes.end(forged, { graceMs: 0 })).rejects.toMatchObject({ code: "process.identity" });
    expect(await processes.tree(forged)).toEqual([]);
    expect(lives(child.identity.pid)).toBe(true);
  });

  it.each([0, 1, -1, process.pid, process.ppid])("never ends pid %i", async (pid) => {
    const identity = {
      pid,
      startTime: readStat(pid)?.startTime ?? "0",
      bootId: (await start(["true"])).identity.bootId,
      ownerToken: "any",
    };
    await expect(processes.end(identity, { graceMs: 0 })).rejects.toMatchObject({ code: "process.identity" });
  });

  it("sums CPU and memory over the tree, and never counts backwards", async () => {
    const child = await start([process.execPath, "burner.mjs"]);
    await firstLine(child.stdout);
    const first = await processes.usage(child.identity);
    let later = first;
    // Both processes burn, so the reading must pass what one of them could have used alone.
    while ((later?.cpuMs ?? 0) < (first?.cpuMs ?? 0) + 300 || later?.processes !== 2) {
      const next = await processes.usage(child.identity);
      expect(next?.cpuMs).toBeGreaterThanOrEqual(later?.cpuMs ?? 0);
      later = next;
      await new Promise(setImmediate);
    }
    expect(later.rssBytes).toBeGreaterThan(20 * 1024 * 1024);
  });

  it("tells how long a tree waited for a core that others had", async () => {
    // More burning processes than cores, so that some wait at any time.
    const crowd = await Promise.all(
      Array.from({ length: availableParallelism() }, () => start([process.execPath, "burner.mjs"])),
    );
    await Promise.all(crowd.map((child) => firstLine(child.stdout)));
    const waitedMs = async () => {
      const usages = await Promise.all(crowd.map((child) => processes.usage(child.identity)));
      return usages.reduce((sum, usage) => sum + (usage?.waitedMs ?? Number.NaN), 0);
    };
    const first = await waitedMs();
    let later = first;
    while (later < first + 300) {
      const next = await waitedMs();
      expect(next).toBeGreaterThanOrEqual(later);
      later = next;
      await new Promise(setImmediate);
    }
  });

  it("hands text to a program and its answer back", async () => {
    const child = await start(["cat"], { stdin: "pipe" });
    await child.write("hello\n");
    child.closeInput();
    expect(await firstLine(child.stdout)).toBe("hello");
    expect(await child.exited).toEqual({ code: 0, signal: null });
    await expect(child.write("more")).rejects.toMatchObject({ code: "process.identity" });
  });

  it("gives the program the environment it was given, and the owner token", async () => {
    const child = await start(["env"], { env: { PATH: env.PATH, GREETING: "hi" } });
    const lines: string[] = [];
    for await (const chunk of child.stdout) lines.push(...Buffer.from(chunk).toString("utf8").trim().split("\n"));
    expect(new Set(lines.map((line) => line.split("=")[0]))).toEqual(new Set(["AIOS_OWNER_TOKEN", "GREETING", "PATH"]));
  });

  it("passes arguments through no shell", async () => {
    const child = await start(["echo", "$HOME; rm -rf *", "`id`"]);
    expect(await firstLine(child.stdout)).toBe("$HOME; rm -rf * `id`");
  });

  it.runIf(process.getuid?.() === 0)("runs a program as the user named", async () => {
    const child = await start(["id", "-un"], { user: "nobody", cwd: "/" });
    expect(await firstLine(child.stdout)).toBe("nobody");
  });
});

describe("what cannot be started", () => {
  it("names a program that does not exist, and where it was looked for", async () => {
    const failure = start(["no-such-program-here"], { env: { PATH: "/usr/bin" } });
    await expect(failure).rejects.toMatchObject({ code: "process.spawn" });
    await expect(failure).rejects.toThrow(/no-such-program-here.*PATH \(\/usr\/bin\)/);
  });

  it("tells a missing working directory from a missing program", async () => {
    const cwd = path.join(await tempDir(), "missing");
    await expect(start(["true"], { cwd })).rejects.toThrow(/missing: the working directory does not exist/);
  });

  it("says what to do about a file that is not executable", async () => {
    const file = path.join(await tempDir(), "script.py");
    await writeFile(file, "print(1)");
    await chmod(file, 0o644);
    await expect(start([file])).rejects.toThrow(/chmod \+x/);
  });

  it("refuses a NUL in an argument and an unknown user", async () => {
    await expect(start(["echo", "a\0b"])).rejects.toMatchObject({ code: "process.spawn" });
    await expect(start(["true"], { user: "nobody-of-that-name" })).rejects.toMatchObject({ code: "process.spawn" });
  });
});

describe.runIf(process.platform !== "win32")("processes without /proc", () => {
  const portable = createPortableProcesses(deps);
  const command: StartCommand = { argv: ["sleep", "60"], cwd: "/", env, stdin: "ignore" };

  it("says that trees are not supported, and still ends the child it holds", async () => {
    expect(portable.support).toEqual({ trees: false, reason: expect.stringContaining("Linux") });
    const child = await portable.start(command);
    const report = await portable.end(child.identity, { graceMs: 10_000 });
    expect(report).toEqual({ ended: [child.identity.pid], remaining: [], signal: "SIGTERM" });
    expect(await child.exited).toEqual({ code: null, signal: "SIGTERM" });
  });

  it("refuses to end what another engine started, or what has exited", async () => {
    const child = await portable.start(command);
    const other = createPortableProcesses(deps);
    await expect(other.end(child.identity, { graceMs: 0 })).rejects.toMatchObject({ code: "platform.unsupported" });
    await portable.end(child.identity, { graceMs: 0 });
    await child.exited;
    await expect(portable.end(child.identity, { graceMs: 0 })).rejects.toMatchObject({ code: "platform.unsupported" });
  });
});
