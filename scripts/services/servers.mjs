import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chroma, neo4j } from "./parts.mjs";
import { Advice, asked, freePort } from "./shell.mjs";

export const servers = { neo4j, chroma };

const START_MS = 90_000;
const STOP_MS = 20_000;

/** Where a server that runs can be reached: `{pid, port, url}`, or `undefined` when it does not run. */
export function running(folder, name) {
  try {
    const known = JSON.parse(readFileSync(recordOf(folder, name), "utf8"));
    return isOurs(folder, known.pid) ? known : undefined;
  } catch {
    return undefined;
  }
}

/** Starts a server and waits until it answers; one that runs already is left alone unless another port is wanted. */
export async function start(folder, name, wanted) {
  const before = running(folder, name);
  if (before !== undefined && (wanted === undefined || wanted === before.port)) return before;
  if (before !== undefined) await stop(folder, name);
  const server = servers[name];
  if (!server.isInstalled(folder)) server.install(folder);
  const port = wanted ?? (await freePort());
  const [command, args] = server.command(folder, port);
  const log = path.join(folder, `${name}.log`);
  mkdirSync(path.dirname(recordOf(folder, name)), { recursive: true });
  const out = openSync(log, "w");
  // In a group of its own, so that an interrupt at the keyboard reaches it through `stop` alone.
  const child = spawn(command, args, { detached: true, stdio: ["ignore", out, out] });
  closeSync(out);
  const failed = new Promise((resolve) => child.once("error", resolve));
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(`it ended with exit code ${code}`)));
  child.unref();
  const known = { pid: child.pid, port, url: server.url(port) };
  writeFileSync(recordOf(folder, name), JSON.stringify(known));
  const problem = await Promise.race([failed, ended, answers(name, log, port)]);
  if (problem === undefined) return known;
  await stop(folder, name);
  throw new Advice(`${name} did not start: ${problem?.message ?? problem}\n${tail(log)}`);
}

/** Asks the server to end, waits for it, and ends it when it does not. */
export async function stop(folder, name) {
  const known = running(folder, name);
  if (known !== undefined) {
    process.kill(known.pid, "SIGTERM");
    for (let waited = 0; running(folder, name) !== undefined; waited += 50) {
      if (waited === STOP_MS) process.kill(known.pid, "SIGKILL");
      await pause(50);
    }
  }
  rmSync(recordOf(folder, name), { force: true });
  return known;
}

const recordOf = (folder, name) => path.join(folder, "run", `${name}.json`);

/** A pid may belong to somebody else meanwhile: our servers name their folder. */
function isOurs(folder, pid) {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const args = asked("ps", ["-p", String(pid), "-o", "args="]);
  return args === undefined || args.includes(folder);
}

async function answers(name, log, port) {
  for (let waited = 0; waited < START_MS; waited += 100) {
    if ((name !== "neo4j" || / Started\./.test(readFileSync(log, "utf8"))) && (await isOpen(port))) return undefined;
    await pause(100);
  }
  return `it does not answer after ${START_MS / 1000} s`;
}

function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const say = (open) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => say(true));
    socket.once("error", () => say(false));
  });
}

function tail(log) {
  return readFileSync(log, "utf8").split("\n").slice(-8).join("\n");
}
