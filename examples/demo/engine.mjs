import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild } from "./child.mjs";

/** The built engine: `AIOS_MAIN`, else beside this folder as it lies in the package. */
export function mainPath(env = process.env) {
  return env["AIOS_MAIN"] ?? join(dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "main.js");
}

const HOST = "127.0.0.1";
const USUAL_PORT = 8_765;

/** The port asked for, or the usual one, or, when that is taken and nobody insisted, any free one. */
export async function choosePort(wanted) {
  if (wanted === 0) return freePort(0);
  if (wanted !== undefined) return wanted;
  return freePort(USUAL_PORT).catch(() => freePort(0));
}

function freePort(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, HOST, () => {
      const { port: got } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(got));
    });
  });
}

/** The environment of the demo's programs: a token or directory of the caller's own engine must not reach this one. */
function environment(house) {
  const env = { ...process.env };
  for (const name of Object.keys(env)) if (name.startsWith("AIOS_")) delete env[name];
  return { ...env, AIOS_CONFIG_PATH: house.configPath };
}

/** @param {import("./house.mjs").House} house @param {number} port */
export function startEngine(house, port) {
  const child = startChild({
    name: "the engine",
    argv: [mainPath(), "start"],
    cwd: house.root,
    env: environment(house),
    logPath: join(house.logs, "engine.log"),
  });
  return { child, url: `http://${HOST}:${port}` };
}

/** Resolves with the operator's token once the engine says that it is ready. */
export async function waitUntilReady({ child, url }, house, { timeoutMs = 20_000 } = {}) {
  const endAt = performance.now() + timeoutMs;
  let why = "no answer yet";
  while (performance.now() < endAt) {
    if (!child.running) throw new Error(`${await child.exited}\n${await tail(join(house.logs, "engine.log"))}`);
    try {
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
      if (response.ok) return (await readFile(join(house.dataDir, "operator.token"), "utf8")).trim();
      why = `/readyz answered ${response.status}`;
    } catch (thrown) {
      why = /** @type {Error} */ (thrown).message;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    `the engine was not ready in ${timeoutMs / 1_000} s: ${why}\n${await tail(join(house.logs, "engine.log"))}`,
  );
}

/** A link that a browser can open, with a one-time ticket where the command line offers one. */
export async function dashboardLink(house, url) {
  const asked = startChild({
    name: "aios dashboard",
    argv: [mainPath(), "dashboard", "--json"],
    cwd: house.root,
    env: environment(house),
    logPath: join(house.logs, "dashboard.log"),
  });
  try {
    const said = await asked.ready();
    return typeof said.url === "string" ? said.url : url;
  } catch {
    return url;
  } finally {
    await asked.stop({ graceMs: 2_000 });
  }
}

async function tail(path) {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").slice(-12).join("\n");
}
