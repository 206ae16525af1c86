import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../src/index.ts";
import { openEngine } from "./engine.ts";
import type { Figure } from "./figure.ts";
import { generatedPlaybook, troubleFor } from "./playbooks.ts";
import { rounded } from "./samples.ts";
import { openScratch } from "./scratch.ts";

const FLOOD = 10_000;
/** Ten at once, a hundred times a second: ten seconds of it. */
const TOGETHER = 10;
const EVERY_MS = 10;
/** So many targets are in trouble, again and again. */
const TARGETS = 100;
const OURS = "aios, in process";
const TROUBLE = "bench.trouble";
const URGENT = "bench.urgent";
/** After the last event everything that was going to begin has begun. */
const CALM_MS = 5_000;

/** Ten thousand events in ten seconds that one playbook is for, and one that cannot wait in the middle of them. */
export async function* storm(): AsyncIterable<Figure> {
  await using scratch = await openScratch();
  const folder = await writePlaybooks(scratch.directory);
  await using engine = await openEngine(scratch.directory, { reactor: { playbooks: ["playbooks", folder] } });
  const effects = { storm: 0, urgentAt: 0 };
  using _steps = engine.subscribe({ topic: "bench.mended" }, ({ data }) => {
    if (isAbout(data, "E0001")) effects.urgentAt ||= performance.now();
    else effects.storm++;
  });
  const { urgentFrom, tookMs } = await flooded(engine);
  await engine.runtime.remedies.settled();
  await sleep(CALM_MS);
  const incidents = engine.runtime.views.incidents.list().map(({ title }) => title);
  const waitedMs = effects.urgentAt - urgentFrom;
  const note = `${FLOOD} events in ${rounded(tookMs / 1_000)} s; ${effects.storm} effects about them; incidents: ${incidents.join("; ")}`;
  yield {
    figure: "storm.urgent",
    measures: `${FLOOD} events about ${TARGETS} targets that one playbook is for, ${TOGETHER} every ${EVERY_MS} ms, under the default limits; half-way a critical one with a playbook of its own. From its receipt to the subscriber that hears the event which that playbook's action emits`,
    unit: "ms",
    ours: { name: OURS, n: 1, note, ...(effects.urgentAt === 0 ? {} : { value: rounded(waitedMs) }) },
    bars: [{ of: "value", must: "at most", limit: 1_000 }],
    beside: [],
    notMeasured: "a storm that comes over HTTP",
  };
  yield counted("storm.incidents", "incidents that a person is shown after that", incidents.length, { most: 1, note });
  const { allPerHour } = engine.runtime.config.reactor.limits;
  const carriedOut =
    "actions that were carried out about the storm's events, while the limit of an hour is the default";
  yield counted("storm.effects", carriedOut, effects.storm, { most: allPerHour, note });
}

function counted(
  figure: string,
  measures: string,
  value: number,
  { most, note }: { readonly most: number; readonly note: string },
): Figure {
  return {
    figure,
    measures,
    unit: "",
    ours: { name: OURS, n: FLOOD, value, note },
    bars: [{ of: "value", must: "at most", limit: most }],
    beside: [],
    notMeasured: "what comes hours after it",
  };
}

async function writePlaybooks(directory: string): Promise<string> {
  const folder = path.join(directory, "generated");
  const healthy = path.join(directory, "healthy");
  await mkdir(folder);
  await writeFile(healthy, "yes");
  for (const [index, type] of [TROUBLE, URGENT].entries()) {
    const playbook = generatedPlaybook(index, type, healthy);
    await writeFile(path.join(folder, `${playbook.id}.json`), JSON.stringify(playbook));
  }
  return folder;
}

async function flooded(engine: Engine): Promise<{ readonly urgentFrom: number; readonly tookMs: number }> {
  const refused = engine.runtime.rules.refused.map(({ file, reason }) => `${file}: ${reason}`);
  if (refused.length > 0) throw new Error(refused.join("\n"));
  const began = performance.now();
  let urgentFrom = 0;
  for (let n = 0; n < FLOOD; n += TOGETHER) {
    const due = began + (n / TOGETHER) * EVERY_MS;
    if (due > performance.now()) await sleep(due - performance.now());
    const services = Array.from({ length: TOGETHER }, (_, one) => `svc-${(n + one) % TARGETS}`);
    await Promise.all(
      services.map((service) => engine.publish({ type: TROUBLE, data: { ...troubleFor(0, service) } })),
    );
    if (n !== FLOOD / 2) continue;
    await engine.publish({ type: URGENT, severity: "critical", data: { ...troubleFor(1, "svc-urgent") } });
    urgentFrom = performance.now();
  }
  return { urgentFrom, tookMs: performance.now() - began };
}

function isAbout(data: unknown, code: string): boolean {
  return data !== null && typeof data === "object" && "code" in data && data.code === code;
}
