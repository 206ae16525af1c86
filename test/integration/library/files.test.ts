import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync, watch, writeFileSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { describe, onTestFinished, vi } from "vitest";
import { holds } from "../../support/remedies.ts";
import { tempDirForAll } from "../../support/temp-dir.ts";

/** Does something whenever a directory changes, until the test ends: a fault that is kept alive from outside. */
function wheneverChanged(directory: string, act: () => void): void {
  const watcher = watch(directory, act);
  onTestFinished(() => watcher.close());
  act();
}

/** A process of its own for as long as the test runs. */
function running(script: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, ["-e", script, ...args], { stdio: "ignore" });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  });
  return child;
}

const run = promisify(execFile);
const textOf = (file: string) => readFile(file, "utf8").catch(() => "absent");

describe("file_missing_restore", () => {
  holds({
    playbook: "file_missing_restore",
    config: async (place) => {
      await writeFile(path.join(place, "source.csv"), "a,b\n");
      await writeFile(path.join(place, "in.csv"), "a,b\n");
      return { watch: { files: [{ path: path.join(place, "in.csv"), source: path.join(place, "source.csv") }] } };
    },
    async arrange({ test, place, life }) {
      const file = path.join(place, "in.csv");
      // The watch has seen the file before it is lost.
      await vi.waitUntil(
        async () => (await test.engine.runtime.watcher.look(`file_missing ${file}`))?.stands === "well",
      );
      return {
        async strike() {
          await rm(file);
          if (life === "kept") wheneverChanged(place, () => rmSync(file, { force: true }));
        },
        observe: () => textOf(file),
        faulty: () => "absent",
      };
    },
  });
});

describe("file_denied_allow", () => {
  holds({
    playbook: "file_denied_allow",
    room: tempDirForAll,
    config: async (place, life) => {
      await chmod(place, 0o755);
      await mkdir(path.join(place, "inner"), { mode: life === "once" ? 0o755 : 0o700 });
      await writeFile(path.join(place, "inner", "in.csv"), "a,b\n", { mode: 0o644 });
      return { watch: { files: [{ path: path.join(place, "inner", "in.csv"), mode: 0o644, reader: "nobody" }] } };
    },
    async arrange({ place }) {
      const file = path.join(place, "inner", "in.csv");
      return {
        strike: () => chmod(file, 0o600),
        observe: async () => ((await stat(file)).mode & 0o777).toString(8),
        // In the twin the directory above keeps the reader out, whatever the file's own mode is.
        faulty: () => "600",
      };
    },
  });
});

describe("lock_stale_remove", () => {
  const lockOf = (place: string) => path.join(place, "work.lock");
  holds({
    playbook: "lock_stale_remove",
    config: (place) => ({ watch: { locks: [{ path: lockOf(place) }] } }),
    async arrange({ place, life }) {
      const lock = lockOf(place);
      const holder = `require("fs").writeFileSync(process.argv[1], process.pid + "\\n"); setInterval(() => {}, 1000)`;
      let pid = "";
      return {
        async strike() {
          const child = running(holder, lock);
          await vi.waitUntil(async () => (await textOf(lock)) === `${child.pid}\n`);
          pid = `${child.pid}\n`;
          child.kill("SIGKILL");
          await once(child, "exit");
          if (life === "kept")
            wheneverChanged(place, () => {
              if (!existsSync(lock)) writeFileSync(lock, pid);
            });
        },
        observe: () => textOf(lock),
        faulty: () => pid,
      };
    },
  });
});

describe("log_large_rotate", () => {
  holds({
    playbook: "log_large_rotate",
    config: async (place) => {
      await mkdir(path.join(place, "logs"));
      return { watch: { logs: [{ path: path.join(place, "logs", "out.log"), maxBytes: 65_536 }] } };
    },
    async arrange({ place, life }) {
      const directory = path.join(place, "logs");
      // One opens its log anew for every line, the other holds on to the file that it once opened.
      const opening = `(text) => fs.appendFileSync(process.argv[1], text)`;
      const holding = `((fd) => (text) => fs.writeSync(fd, text))(fs.openSync(process.argv[1], "a"))`;
      const writer = `const fs = require("fs"); const write = ${life === "kept" ? holding : opening};
        write("x".repeat(70_000)); setInterval(() => write("a line\\n"), 10);`;
      return {
        strike: async () => void running(writer, path.join(directory, "out.log")),
        observe: async () => (await readdir(directory)).sort().join(),
        faulty: () => "out.log",
      };
    },
  });
});

/** A small volume of its own needs root and a kernel that lets it mount one. */
const canMount = await (async () => {
  const { mkdtemp, rmdir } = await import("node:fs/promises");
  const at = await mkdtemp("/tmp/aios-mount-");
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", at]);
    await run("umount", [at]);
    return true;
  } catch {
    return false;
  } finally {
    await rmdir(at);
  }
})();

describe.skipIf(!canMount)("disk_full_clear_scratch", () => {
  holds({
    playbook: "disk_full_clear_scratch",
    asks: true,
    config: async (place) => {
      const volume = path.join(place, "volume");
      await mkdir(volume);
      await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", volume]);
      onTestFinished(async () => void (await run("umount", ["-l", volume])));
      await mkdir(path.join(volume, "tmp"));
      const scratch = { directory: path.join(volume, "tmp"), name: "*.tmp", olderThanMs: 0 };
      return { watch: { volumes: [{ path: volume, scratch }] } };
    },
    async arrange({ place, life }) {
      const scratch = path.join(place, "volume", "tmp");
      const half = Buffer.alloc(480 * 1024);
      return {
        async strike() {
          for (const name of ["a.tmp", "b.tmp"]) await writeFile(path.join(scratch, name), half);
          await writeFile(path.join(scratch, "keep.txt"), "k");
          if (life === "kept")
            wheneverChanged(scratch, () => {
              const [first, second, more] = ["a.tmp", "b.tmp", "more"].map((name) =>
                existsSync(path.join(scratch, name)),
              );
              if (!first && !second && !more) writeFileSync(path.join(scratch, "more"), Buffer.alloc(980 * 1024));
            });
        },
        observe: async () => (await readdir(scratch)).sort().join(),
        faulty: () => "a.tmp,b.tmp,keep.txt",
      };
    },
  });
});
