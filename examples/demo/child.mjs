import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";

/**
 * A Node program of the demo's own, in its own process group so that Ctrl-C reaches the demo alone, which then ends
 * everything in order. What it says on stderr goes to `logPath`.
 *
 * @param {{name: string, argv: string[], cwd: string, env?: NodeJS.ProcessEnv, logPath: string}} options
 */
export function startChild({ name, argv, cwd, env = process.env, logPath }) {
  const child = spawn(process.execPath, argv, { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const log = createWriteStream(logPath, { flags: "a" });
  child.stderr.pipe(log);
  child.stdin.on("error", () => undefined);
  const exited = new Promise((resolve) => {
    child.once("error", (thrown) => resolve(`${name} could not be started: ${thrown.message}`));
    child.once("exit", (code, signal) => resolve(`${name} ended with ${signal ?? `code ${code}`}`));
  });
  const lines = createInterface({ input: child.stdout });
  const firstLine = new Promise((resolve) => lines.once("line", resolve));
  lines.on("line", (line) => log.write(`${line}\n`));

  return {
    pid: child.pid,
    /** Resolves, in words, once it has ended. */
    exited,
    get running() {
      return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
    },
    /** Its first line on stdout as JSON, for programs that say so when they are ready. */
    async ready() {
      const line = await Promise.race([firstLine, exited.then((words) => Promise.reject(new Error(words)))]);
      return JSON.parse(line);
    },
    /** TERM, and KILL when that did not help in time. Resolves with whether it went by itself. */
    async stop({ graceMs }) {
      if (!this.running) return true;
      child.kill("SIGTERM");
      child.stdin.end();
      let timer;
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, graceMs, "late");
      });
      const won = await Promise.race([exited, late]);
      clearTimeout(timer);
      if (won !== "late") return true;
      child.kill("SIGKILL");
      await exited;
      return false;
    },
  };
}
/** @typedef {ReturnType<typeof startChild>} Child */
