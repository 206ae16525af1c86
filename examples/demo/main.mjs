// The demo: a real engine, four small agents, four real faults. `--help` lists the options; README.md says what is seen.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild } from "./child.mjs";
import { createClient } from "./client.mjs";
import { choosePort, dashboardLink, startEngine, waitUntilReady } from "./engine.mjs";
import { buildHouse } from "./house.mjs";
import { readJournal } from "./journal.mjs";
import { endLeftovers } from "./leftovers.mjs";
import { readOptions, UsageError, usage } from "./options.mjs";
import { drawPlan } from "./plan.mjs";
import { runFaults } from "./run.mjs";
import { createPaper, createTape } from "./screen.mjs";
import { follow } from "./stream.mjs";
import { summarise } from "./summary.mjs";
import { judge } from "./verdict.mjs";
import { createWatch } from "./watch.mjs";

/** The whole run up to the summary; whatever hangs, it does not hang longer than this. */
const RUN_LIMIT_MS = 240_000;
/** What the engine gets to end its agents and close its journal. */
const ENGINE_GRACE_MS = 20_000;

const DONE = 0;
const FAILED = 1;
const BAD_USAGE = 2;

const program = (name) => fileURLToPath(new URL(name, import.meta.url));

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return DONE;
  }
  const screen = options.json ? createTape() : createPaper();
  const plan = drawPlan(options.seed);
  const port = await choosePort(options.port);
  const house = await buildHouse(plan, port);
  const asked = stopWhenAsked();
  /** Ended in this order: first what feeds the engine, then the engine, then what its agents called. */
  const cast = { saboteurs: [], engine: undefined, upstream: undefined };
  const watch = createWatch();
  const ending = new AbortController();
  let code = FAILED;
  try {
    code = await perform({ options, screen, plan, port, house, cast, watch, ending, asked });
  } catch (thrown) {
    if (!asked.now) screen.note(`The demo failed: ${/** @type {Error} */ (thrown).message}`);
  } finally {
    watch.end("the demo is ending");
    ending.abort();
    const untidy = await endEverything(cast, house);
    for (const text of untidy) screen.note(text);
    if (untidy.length > 0) code = FAILED;
    if (options.keep) screen.note(`The demo's folder stays: ${house.root}`);
    else await rm(house.root, { recursive: true, force: true });
  }
  return code;
}

/** The first signal ends the demo in order. */
function stopWhenAsked() {
  const asked = { now: false, promise: Promise.resolve() };
  asked.promise = new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        asked.now = true;
        resolve();
      });
    }
  });
  return asked;
}

async function perform({ options, screen, plan, port, house, cast, watch, ending, asked }) {
  const begin = async () => {
    cast.upstream = startChild({
      name: "the upstream",
      argv: [program("upstream.mjs")],
      cwd: house.upstreamDir,
      logPath: join(house.logs, "upstream.log"),
    });
    cast.engine = startEngine(house, port);
    const { port: upstreamPort } = await cast.upstream.ready();
    const token = await waitUntilReady(cast.engine, house);
    return { token, upstreamUrl: `http://127.0.0.1:${upstreamPort}` };
  };
  const stopped = asked.promise.then(() => undefined);
  const begun = await Promise.race([begin(), stopped]);
  if (begun === undefined) return DONE;
  const { token, upstreamUrl } = begun;
  const { url, child: engine } = cast.engine;
  const mode = modeOf(options);
  const pids = { engine: engine.pid, upstream: cast.upstream.pid };
  screen.header({ seed: options.seed, plan, url, root: house.root, dataDir: house.dataDir, mode, pids });

  const onEvent = (event) => {
    screen.event(event);
    watch.add(event);
  };
  const onBreak = (reason) => screen.note(`the event stream broke (${reason}) and is taken up again`);
  void follow({ url, token, signal: ending.signal, onEvent, onBreak });
  void engine.exited.then((words) => watch.end(words));

  const stage = createStage({ options, plan, house, watch, cast, client: createClient(url, token) });
  const limit = setTimeout(() => watch.end(`the run took more than ${RUN_LIMIT_MS / 1_000} s`), RUN_LIMIT_MS);
  const failure = await Promise.race([attempt(() => runFaults(stage, upstreamUrl, screen.waiting)), stopped]);
  clearTimeout(limit);
  if (asked.now) return DONE;
  if (failure !== undefined) screen.note(`The run broke off: ${failure.message}`);

  const summary = summarise(await readJournal(house.journalPath));
  const expectations = judge(summary, options);
  const complete = summary.faults.length === plan.order.length;
  expectations.push({
    ok: failure === undefined && complete,
    text: "run: every fault was let loose and came to its end",
  });
  const code = expectations.every(({ ok }) => ok) ? DONE : FAILED;
  const link = options.exit || !engine.running ? undefined : await dashboardLink(house, url);
  screen.summary(summary, expectations);
  if (link !== undefined) {
    screen.dashboard(link);
    await Promise.race([asked.promise, engine.exited.then((words) => screen.note(words))]);
  }
  return code;
}

/** What went wrong, or nothing. @returns {Promise<Error | undefined>} */
async function attempt(work) {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    return /** @type {Error} */ (thrown);
  }
}

function modeOf({ paused, sabotage }) {
  if (paused) return ", the reactor paused";
  return sabotage.length === 0 ? "" : `, kept alive from outside: ${sabotage.join(", ")}`;
}

/** @returns {import("./run.mjs").Stage} */
function createStage({ options, plan, house, watch, cast, client }) {
  const sabotaged = (fault) => options.sabotage.includes(fault);
  return {
    plan,
    house,
    client,
    watch,
    sabotaged,
    paused: options.paused,
    async begin(fault, agent, what) {
      const { sequence } = await client.note("demo.fault_began", { fault, agent, what });
      return sequence;
    },
    note: (type, data) => client.note(type, data),
    async sabotage(fault, deeds) {
      if (!sabotaged(fault)) return;
      const log = join(house.logs, "saboteur.jsonl");
      const hand = startChild({
        name: "the saboteur",
        argv: [program("saboteur.mjs"), JSON.stringify({ ...deeds, log })],
        cwd: house.root,
        logPath: join(house.logs, "saboteur.log"),
      });
      cast.saboteurs.push(hand);
      await hand.ready();
    },
  };
}

/** Ends what the demo started, and says what did not go as it should; an empty list is a clean end. */
async function endEverything({ saboteurs, engine, upstream }, house) {
  const untidy = [];
  for (const hand of saboteurs) await hand.stop({ graceMs: 2_000 });
  if (engine !== undefined && !(await engine.child.stop({ graceMs: ENGINE_GRACE_MS }))) {
    untidy.push(`The engine did not end within ${ENGINE_GRACE_MS / 1_000} s and was killed.`);
  }
  await upstream?.stop({ graceMs: 2_000 });
  const left = await endLeftovers(house.root);
  if (left.length > 0) untidy.push(`Processes were left behind and had to be ended: ${left.join(", ")}.`);
  return untidy;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  console.error(thrown instanceof UsageError ? `${thrown.message}\n\n${usage}` : thrown);
  process.exitCode = thrown instanceof UsageError ? BAD_USAGE : FAILED;
}
