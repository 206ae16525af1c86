import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const main = join(root, "dist", "main.js");

/**
 * The built engine over a data directory of its own, on a free port, as a user starts it.
 *
 * @param {string} dataDir
 */
export async function startEngine(dataDir) {
  const env = { ...withoutOurs(process.env), AIOS_DATA_DIR: dataDir, AIOS_PORT: "0" };
  const child = spawn(process.execPath, [main, "start", "--json"], {
    cwd: dataDir,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
  const [ready] = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once("line", (line) => resolve([line]))),
    exited.then((how) => Promise.reject(new Error(`the engine ended with ${how}\n${said}`))),
  ]);
  const { url, pid } = JSON.parse(ready);
  const token = (await readFile(join(dataDir, "operator.token"), "utf8")).trim();

  return {
    url,
    pid,
    token,
    /** Resolves with its exit code or the signal that ended it. */
    exited,
    kill: () => child.kill("SIGKILL"),

    /** What a page answers; anything but success is thrown with its words. */
    async page(path) {
      const response = await fetch(`${url}${path}`);
      const text = await response.text();
      if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${text.slice(0, 300)}`);
      return { text, type: response.headers.get("content-type") ?? "" };
    },

    /** What the API answers to the operator. */
    async ask(method, path, body) {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
      return text === "" ? undefined : JSON.parse(text);
    },

    /** Runs a command of the command line against this engine. Resolves with its exit code and what it wrote. */
    command: (...args) =>
      new Promise((resolve) => {
        execFile(process.execPath, [main, ...args], { cwd: dataDir, env }, (failure, stdout, stderr) => {
          resolve({ code: failure === null ? 0 : failure.code, stdout, stderr });
        });
      }),
  };
}
/** @typedef {Awaited<ReturnType<typeof startEngine>>} Engine */

/** The caller's own engine must not be meant by accident. */
function withoutOurs(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("AIOS_")));
}
