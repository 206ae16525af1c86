import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Arm, type ArmName, armNames } from "./arms.ts";
import { type Job, makeJob } from "./job.ts";
import { AGENT, type Laboratory } from "./laboratory.ts";
import type { Item } from "./stream.ts";
import type { Upstream } from "./upstream.ts";

/** How one broken job ended in one run. */
export interface Ending {
  /** The work was done: its result stands in the folder. The agent's word is not asked. */
  readonly fixed: boolean;
  /** From the first attempt's start to the task's end. */
  readonly tookMs: number;
  readonly attempts: number;
}

/** How one broken job ended in every run. */
export interface Outcome {
  readonly item: Item;
  readonly ends: Readonly<Record<ArmName, Ending>>;
}

/** Breaks the same jobs in every run, side by side, so that a busy machine is as busy for all of them. */
export async function compare(
  lab: Laboratory,
  arms: readonly Arm[],
  items: readonly Item[],
  {
    upstream,
    told,
    signal,
  }: { readonly upstream: Upstream; readonly told: (done: number) => void; readonly signal: AbortSignal },
): Promise<readonly Outcome[]> {
  const queue = [...items];
  const outcomes: Outcome[] = [];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined && !signal.aborted; item = queue.shift()) {
      const broken = item;
      const ends = await Promise.all(
        arms.map(async (arm) => [arm.name, await end(lab, arm, broken, upstream)] as const),
      );
      outcomes.push({ item, ends: byName(ends) });
      told(outcomes.length);
    }
  };
  await Promise.all(Array.from({ length: lab.atOnce }, lane));
  return outcomes;
}

function byName(ends: readonly (readonly [ArmName, Ending])[]): Outcome["ends"] {
  const all = Object.fromEntries(ends);
  const of = (name: ArmName): Ending => {
    const found = all[name];
    if (found === undefined) throw new Error(`there is no run "${name}" among ${armNames.join(", ")}`);
    return found;
  };
  return { off: of("off"), on: of("on"), shuffled: of("shuffled") };
}

async function end({ root }: Laboratory, arm: Arm, { plan, fault }: Item, upstream: Upstream): Promise<Ending> {
  const { engine, name } = arm;
  const job = await makeJob(path.join(root, "jobs", name), plan, upstream.url);
  const restore = await fault.inflict(job, upstream);
  try {
    const { id } = await engine.tasks.submit({ agent: AGENT, input: { job: job.folder } });
    const { attempts, startedAtMs = 0, endedAtMs = 0 } = await engine.tasks.finished(id);
    return { fixed: await isDone(job), tookMs: endedAtMs - startedAtMs, attempts };
  } finally {
    await restore();
  }
}

async function isDone({ folder, settings, proof }: Job): Promise<boolean> {
  const text = await readFile(path.join(folder, settings.result), "utf8").catch(() => undefined);
  return text === proof;
}
