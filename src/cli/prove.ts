import { access, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { Scope } from "../kernel/scope.ts";
import { chanceOf } from "../simulation/chance.ts";
import { type Call, type Command, tell } from "./command.ts";
import { exit, UsageError } from "./exit.ts";
import { armNames, openArm } from "./prove/arms.ts";
import { compare } from "./prove/compare.ts";
import { faults } from "./prove/faults.ts";
import type { Laboratory } from "./prove/laboratory.ts";
import { type Proved, sayProved } from "./prove/report-text.ts";
import { streamOf } from "./prove/stream.ts";
import { teach } from "./prove/teach.ts";
import { startUpstream, type Upstream } from "./prove/upstream.ts";
import { judge } from "./prove/verdict.ts";
import { signalExitCode, watchSignals } from "./signals.ts";

export const prove: Command = {
  name: "prove",
  summary:
    "Show by experiment whether the memory helps: real failures with it, without it, and with its lessons shuffled",
  options: {
    seed: { type: "string", value: "N", says: "what is drawn follows from it (1)" },
    size: { type: "string", value: "N", says: "failures of each kind that are compared (5)" },
    agent: { type: "string", value: "FILE", says: "a Node program of your own in place of the agent" },
    keep: { type: "boolean", says: "keep the folder with jobs, journals and memories" },
  },
  notes: [
    `Jobs are broken in ${faults.length} ways that are really there: in files, environment, ports and a local server. Three jobs of each kind fail until a person approves a remedy and the engine verifies that it helped: that is the lesson.`,
    "Then the same jobs are broken in three engines that go on from that journal and memory, side by side. In none of them a playbook acts. The agent sees the task, its advice and its own configuration.",
    "A job counts as fixed when its result stands in its folder; the agent's word is not asked.",
    "The exit code is 0 when it is proven, and 1 when not. Nothing of a running engine is touched.",
  ],
  examples: ["aios prove", "aios prove --seed 7 --size 3 --json", "aios prove --agent ./my-agent.mjs"],
  run,
};

/** More seeds than this the generator cannot tell apart. */
const SEEDS = 2 ** 32;
const DEFAULT_SIZE = 5;

interface Wish {
  readonly seed: number;
  readonly size: number;
  readonly program: string | undefined;
}

async function run(call: Call): Promise<number> {
  const wish = await wishOf(call);
  using signals = watchSignals();
  const stop = new AbortController();
  void signals.first.then((signal) => stop.abort(signal));
  const root = await mkdtemp(path.join(tmpdir(), "aios-prove-"));
  try {
    const proved = await experiment(wish, root, stop.signal, (text) => call.terminal.err(`${text}\n`));
    if (stop.signal.aborted) return signalExitCode(String(stop.signal.reason));
    const said = call.given.flag("keep") ? { ...proved, folder: root } : proved;
    tell(call, said, () => sayProved(said, call.terminal.paint));
    return proved.proven ? exit.done : exit.failed;
  } finally {
    if (!call.given.flag("keep")) await rm(root, { recursive: true, force: true });
  }
}

async function wishOf({ given, cwd }: Call): Promise<Wish> {
  const seed = given.count("seed") ?? 1;
  if (seed >= SEEDS) throw new UsageError(`--seed takes a whole number below ${SEEDS}`);
  const named = given.text("agent");
  const program = named === undefined ? undefined : path.resolve(cwd, named);
  if (program !== undefined)
    await access(program).catch((cause: unknown) => {
      throw new UsageError(`--agent: there is no file ${program}`, { cause });
    });
  return { seed, size: given.count("size", 1) ?? DEFAULT_SIZE, program };
}

async function experiment(
  { seed, size, program }: Wish,
  root: string,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<Proved> {
  const began = performance.now();
  const lab: Laboratory = { root, seed, program, atOnce: Math.max(2, Math.min(4, availableParallelism())) };
  const { taught, compared } = streamOf(seed, size);
  await using upstream = await startUpstream();
  const learnt = (known: number) => progress(`${known} of ${faults.length} lessons verified`);
  const lessons = await teach(lab, taught, { upstream, told: learnt, signal });
  const { outcomes, stands } = await inThreeRuns(lab, compared, { upstream, signal, progress });
  return {
    ...judge(outcomes, seed, stands),
    seed,
    lessons,
    kindsOfFailure: faults.length,
    wallMs: Math.round(performance.now() - began),
  };
}

async function inThreeRuns(
  lab: Laboratory,
  items: ReturnType<typeof streamOf>["compared"],
  about: { readonly upstream: Upstream; readonly signal: AbortSignal; readonly progress: (text: string) => void },
) {
  const { upstream, signal, progress } = about;
  const random = chanceOf(lab.seed, "prove/shuffle");
  await using opened = new Scope();
  const arms = [];
  for (const name of armNames)
    arms.push(opened.use(await openArm(lab, name, () => random.random()), ({ engine }) => engine.stop()));
  const told = (done: number) => {
    if (done % faults.length === 0) progress(`${done} of ${items.length} failures compared`);
  };
  const outcomes = await compare(lab, arms, items, { upstream, told, signal });
  const standing = await Promise.all(arms.map((arm) => arm.stands()));
  return { outcomes, stands: standing.every(Boolean) };
}
