import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Engine } from "../../index.ts";
import { is } from "../../index.ts";
import { approvalsDoor } from "../../runtime/doors/approvals-door.ts";
import { makeJob } from "./job.ts";
import { AGENT, type Laboratory, openEngine } from "./laboratory.ts";
import { playbooks } from "./playbooks.ts";
import type { Item } from "./stream.ts";
import type { Upstream } from "./upstream.ts";

export const SCHOOL = "taught";
const REMEDY_LIMIT_MS = 60_000;

/**
 * Lets each failure happen until the engine drafts a lesson, and a person approve the remedy once: the engine checks that it
 * helped, and the lesson is verified. Resolves with how many lessons there are then.
 */
export async function teach(
  lab: Laboratory,
  kinds: readonly (readonly Item[])[],
  {
    upstream,
    told,
    signal,
  }: {
    readonly upstream: Upstream;
    readonly told: (lessons: number) => void;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const folder = path.join(lab.root, "playbooks");
  await mkdir(folder, { recursive: true });
  for (const [index, playbook] of playbooks().entries())
    await writeFile(path.join(folder, `${index}.json`), JSON.stringify(playbook));
  const engine = await openEngine(lab, { name: SCHOOL, acts: true, advice: false });
  try {
    approveEverything(engine);
    for (const items of kinds) {
      if (signal.aborted) break;
      for (const [index, item] of items.entries()) await fail(engine, lab, item, upstream, index === items.length - 1);
      told(verified(engine));
    }
    await engine.runtime.lessons.settled();
    return verified(engine);
  } finally {
    await engine.stop();
  }
}

/** Lessons whose remedy was seen to help. */
function verified({ runtime }: Engine): number {
  return runtime.views.failures.list().filter(({ level }) => level === "verified" || level === "hardened").length;
}

/** The person on duty. */
function approveEverything(engine: Engine): void {
  const { runtime } = engine;
  const approvals = approvalsDoor(runtime);
  engine.subscribe({ topic: "approval.requested" }, async (event) => {
    if (!is(event, "approval.requested")) return;
    const { approvalId, planHash } = event.data;
    const reason = "I know this failure";
    await approvals.decide(approvalId, "approved", { planHash, reason }, { role: "operator", id: "on-duty" });
  });
}

/** One attempt at a broken job; after the last one of its kind, also what the person does about it. */
async function fail(
  engine: Engine,
  { root }: Laboratory,
  { plan, fault }: Item,
  upstream: Upstream,
  isLast: boolean,
): Promise<void> {
  const job = await makeJob(path.join(root, "jobs", SCHOOL), plan, upstream.url);
  const restore = await fault.inflict(job, upstream);
  try {
    const { id } = await engine.tasks.submit({ agent: AGENT, input: { job: job.folder }, retries: 0 });
    const { state } = await engine.tasks.finished(id);
    if (isLast && state !== "succeeded") await remedied(engine, job.folder);
  } finally {
    await restore();
  }
}

/** Resolves when the lesson from a playbook's run on this job is verified, or when there will be none. */
function remedied(engine: Engine, folder: string): Promise<void> {
  const { views } = engine.runtime;
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(limit);
      subscription[Symbol.dispose]();
      resolve();
    };
    const look = () => {
      const { outcome = null, fingerprint = "" } = views.runs.list().find(({ target }) => target.id === folder) ?? {};
      const isLearnt = views.failures.get(fingerprint)?.level === "verified";
      if (outcome !== null && (outcome !== "fixed" || isLearnt)) over();
    };
    const limit = setTimeout(over, REMEDY_LIMIT_MS);
    const subscription = engine.subscribe({ topic: ["playbook.settled", "lesson.promoted"] }, look);
    look();
  });
}
