import { cp } from "node:fs/promises";
import type { Engine } from "../../index.ts";
import type { MemoryItem } from "../../memory/view.ts";
import { dataDirOf, type Laboratory, openEngine } from "./laboratory.ts";
import { shuffled } from "./stream.ts";
import { SCHOOL } from "./teach.ts";

export const armNames = ["off", "on", "shuffled"] as const;
export type ArmName = (typeof armNames)[number];

export interface Arm {
  readonly name: ArmName;
  readonly engine: Engine;
  /** Whether the memory still holds what this run is about. */
  readonly stands: () => Promise<boolean>;
}

/**
 * Three engines that continue from the same journal and memory. In none of them a playbook acts. `off` hands out no advice;
 * `on` does; `shuffled` does too, but every lesson names the remedy of another one.
 */
export async function openArm(lab: Laboratory, name: ArmName, random: () => number): Promise<Arm> {
  await cp(dataDirOf(lab.root, SCHOOL), dataDirOf(lab.root, name), { recursive: true });
  const engine = await openEngine(lab, { name, acts: false, advice: name !== "off" });
  await engine.runtime.lessons.settled();
  const wanted = name === "shuffled" ? await shuffleRemedies(engine, random) : await remediesOf(engine);
  return {
    name,
    engine,
    stands: async () => JSON.stringify([...(await remediesOf(engine))]) === JSON.stringify([...wanted]),
  };
}

/** The playbook that each lesson names, by the lesson's key. */
async function remediesOf(engine: Engine): Promise<ReadonlyMap<string, string>> {
  const lessons = (await lessonsOf(engine)).sort((a, b) => (a.key < b.key ? -1 : 1));
  return new Map(lessons.map((lesson) => [lesson.key, remedyOf(engine, lesson)]));
}

async function lessonsOf({ memory, runtime }: Engine): Promise<MemoryItem[]> {
  const items = await memory.list({ kind: "lesson" });
  const known = new Set(
    runtime.views.failures.list().flatMap(({ remedy, lesson }) => (remedy === undefined ? [] : [lesson])),
  );
  return items.filter(({ key }) => known.has(key));
}

function remedyOf({ runtime }: Engine, { content }: MemoryItem): string {
  return runtime.remedies.rules.rules.find(({ playbook }) => content.includes(playbook.id))?.playbook.id ?? "";
}

/** Gives every lesson the remedy of the next one in a drawn circle: none keeps its own. The rest of its text stays. */
async function shuffleRemedies(engine: Engine, random: () => number): Promise<ReadonlyMap<string, string>> {
  const circle = shuffled(await lessonsOf(engine), random);
  const own = circle.map((lesson) => remedyOf(engine, lesson));
  for (const [index, { key, content }] of circle.entries()) {
    const [mine = "", other = ""] = [own[index], own[(index + 1) % own.length]];
    await engine.memory.update(key, { content: content.replaceAll(mine, other) }, { space: "shared" });
  }
  return remediesOf(engine);
}
