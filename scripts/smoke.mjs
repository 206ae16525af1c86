// The built product once through everything a user touches first, in less than half a minute: `npm run build` before it.
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checks } from "./smoke/checks.mjs";
import { startEngine } from "./smoke/engine.mjs";
import { followSocket, followStream } from "./smoke/news.mjs";
import { processesAbout } from "./smoke/process-table.mjs";

/** A check that hangs fails here, and so does a product that has become slow. */
const LIMIT_MS = 30_000;

const beganAtMs = performance.now();
const seconds = (sinceMs) => `${((performance.now() - sinceMs) / 1_000).toFixed(2)} s`;
let failed = 0;

async function check(what, run, limit) {
  const sinceMs = performance.now();
  try {
    const done = await Promise.race([run(), limit]);
    console.log(`ok    ${seconds(sinceMs).padStart(7)}  ${what}`);
    return done;
  } catch (thrown) {
    failed++;
    console.log(`FAIL  ${seconds(sinceMs).padStart(7)}  ${what}`);
    console.log(String(thrown?.stack ?? thrown).replace(/^/gm, "        "));
    return undefined;
  }
}

/** Whoever ended meanwhile is what was wanted. */
function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {}
}

const dataDir = await realpath(await mkdtemp(join(tmpdir(), "aios-smoke-")));
const ending = new AbortController();
const timer = setTimeout(() => ending.abort(new Error(`smoke took longer than ${LIMIT_MS / 1_000} s`)), LIMIT_MS);
const limit = new Promise((_, reject) => {
  ending.signal.addEventListener("abort", () => reject(ending.signal.reason));
});
limit.catch(() => undefined);

const engine = await check("it starts on a free port", () => startEngine(dataDir), limit);
if (engine !== undefined) {
  const [stream, socket] = [followStream, followSocket].map((way) => way(engine, ending.signal));
  const stage = { engine, dataDir, stream, socket, state: {} };
  for (const [what, run] of checks) await check(what, () => run(stage), limit);
}
clearTimeout(timer);
ending.abort(new Error("smoke is over"));
engine?.kill();
for (const pid of processesAbout(dataDir) ?? []) kill(pid);
await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });

const passed = engine === undefined ? 0 : checks.length + 1 - failed;
console.log(`smoke: ${passed} passed, ${failed} failed on Node ${process.versions.node} in ${seconds(beganAtMs)}`);
process.exitCode = failed === 0 ? 0 : 1;
