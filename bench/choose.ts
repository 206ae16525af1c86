import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import type { Engine } from "../src/index.ts";
import { openEngine } from "./engine.ts";
import type { Figure, Reading } from "./figure.ts";
import { matching } from "./matching.ts";
import { generatedPlaybook, troubleFor } from "./playbooks.ts";
import { Samples } from "./samples.ts";
import { openScratch } from "./scratch.ts";

const GENERATED = 200;
const TROUBLE = "bench.trouble";
/** What each playbook's action emits: the first effect that anybody else sees. */
const MENDED = "bench.mended";
const WARM_UP = 100;
const COUNTED = 600;
const EVERY_MS = 20;
/** The last runs have so long to carry out their action. */
const LONGEST_MS = 30_000;
/** The defaults let 30 runs an hour begin; what is asked here is how fast one is chosen, not how many may be. */
const unlimited = { allPerHour: 1e6, playbookPerHour: 1e6, targetPerHour: 1e6, targetPerDay: 1e6, stormPerMinute: 1e6 };

/** How long it takes from an event to the playbook that answers it, and what matching costs by itself. */
export async function* choose(): AsyncIterable<Figure> {
  await using scratch = await openScratch();
  const folder = await writePlaybooks(scratch.directory);
  await using engine = await openEngine(scratch.directory, {
    reactor: { playbooks: ["playbooks", folder], limits: unlimited },
  });
  const { accepted, published, effect } = await steadilyInTrouble(engine);
  yield {
    figure: `choose.${GENERATED}_playbooks`,
    measures: `an event every ${EVERY_MS} ms that one of ${GENERATED} playbooks listening to its type is for, the shipped ones beside them; from its receipt (it is durable) to the subscriber that hears playbook.matched (durable too, with plan, limits and lock judged). Every chosen run is carried out and validated meanwhile`,
    unit: "ms",
    ours: accepted,
    bars: [{ of: "p50", must: "at most", limit: 3 }],
    beside: [published],
    notMeasured: "an approval's wait; the action itself; more than one playbook that wants the same target",
  };
  yield {
    figure: `choose.first_effect`,
    measures:
      "in the same run, from the trouble's receipt to the subscriber that hears the event that the chosen playbook's action emits: chosen, locked, its step begun and journaled as begun, carried out, and the emitted event durable",
    unit: "ms",
    ours: effect,
    bars: [{ of: "p50", must: "at most", limit: 5 }],
    beside: [published],
    notMeasured: "an approval's wait; a pre-check that asks elsewhere; how long an action takes that does more",
  };
  await engine.stop();
  yield* matching();
}

async function writePlaybooks(directory: string): Promise<string> {
  const folder = path.join(directory, "generated");
  await mkdir(folder);
  await writeFile(path.join(directory, "healthy"), "yes");
  for (let index = 0; index < GENERATED; index++) {
    const playbook = generatedPlaybook(index, TROUBLE, path.join(directory, "healthy"));
    await writeFile(path.join(folder, `${playbook.id}.json`), JSON.stringify(playbook));
  }
  return folder;
}

async function steadilyInTrouble(
  engine: Engine,
): Promise<{ readonly accepted: Reading; readonly published: Reading; readonly effect: Reading }> {
  const refused = engine.runtime.rules.refused.map(({ file, reason }) => `${file}: ${reason}`);
  if (refused.length > 0) throw new Error(refused.join("\n"));
  const chosenAt = new Map<string, number>();
  using _chosen = engine.subscribe({ topic: "playbook.matched" }, (event) => {
    const now = performance.now();
    if ("trigger" in event.data && isTrigger(event.data.trigger)) chosenAt.set(event.data.trigger.id, now);
  });
  const mendedAt = new Map<string, number>();
  using _mended = engine.subscribe({ topic: MENDED }, ({ correlationid }) => {
    mendedAt.set(correlationid, performance.now());
  });
  const events: { readonly id: string; readonly publishedAt: number; readonly acceptedAt: number }[] = [];
  for (let n = 0; n < WARM_UP + COUNTED; n++) {
    const pause = new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    const publishedAt = performance.now();
    const { id } = await engine.publish({ type: TROUBLE, data: { ...troubleFor(n % GENERATED, `svc-${n}`) } });
    const acceptedAt = performance.now();
    if (n >= WARM_UP) events.push({ id, publishedAt, acceptedAt });
    await pause;
  }
  await engine.runtime.remedies.settled();
  const longestMs = performance.now() + LONGEST_MS;
  while (events.some(({ id }) => !mendedAt.has(id)) && performance.now() < longestMs)
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  const fromAccepted = new Samples();
  const fromPublished = new Samples();
  const toEffect = new Samples();
  for (const { id, publishedAt, acceptedAt } of events) {
    const at = chosenAt.get(id);
    const effectAt = mendedAt.get(id);
    if (at === undefined || effectAt === undefined) throw new Error(`event ${id} was answered by no playbook`);
    fromAccepted.add(at - acceptedAt);
    fromPublished.add(at - publishedAt);
    toEffect.add(effectAt - acceptedAt);
  }
  return {
    accepted: { name: "aios, from the event's receipt", n: fromAccepted.count, spread: fromAccepted.spread() },
    published: { name: "aios, from the call to publish", n: fromPublished.count, spread: fromPublished.spread() },
    effect: { name: "aios, from the event's receipt", n: toEffect.count, spread: toEffect.spread() },
  };
}

function isTrigger(value: unknown): value is { readonly id: string } {
  return value !== null && typeof value === "object" && "id" in value && typeof value.id === "string";
}
