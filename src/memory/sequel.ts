import { AiosError } from "../kernel/errors.ts";
import type { InSpace } from "./vault.ts";
import type { MemoryItem, Neighbour } from "./view.ts";

export interface SequelEntry {
  readonly key: string;
  readonly title: string;
  /** How often it was seen, as far as evidence was kept. */
  readonly times: number;
  readonly evidence: readonly string[];
}

/** What usually follows a failure, and what fixed it. */
export interface Sequel {
  readonly failure: { readonly key: string; readonly title: string };
  /** Most often seen first. */
  readonly follows: readonly SequelEntry[];
  readonly fixedBy: readonly SequelEntry[];
  /** What was learned from it, the surest first. */
  readonly lessons: readonly (Omit<SequelEntry, "evidence" | "times"> & {
    readonly level?: string | undefined;
    readonly confidence: number;
  })[];
}

interface Walker {
  get(key: string, options: InSpace): Promise<MemoryItem | undefined>;
  neighbours(key: string, options: { readonly relations: string[] } & InSpace): Promise<readonly Neighbour[]>;
}

/** @param named the key of a failure or of a lesson about it, or the failure's fingerprint */
export async function sequelOf(palace: Walker, named: string, options: InSpace): Promise<Sequel> {
  const start = (await palace.get(named, options)) ?? (await palace.get(`failure-${named}`, options));
  if (start === undefined) throw new AiosError("not_found", `there is no memory under the key ${named}`);
  const failure = start.kind === "lesson" ? ((await sourceOf(palace, start)) ?? start) : start;
  const around = await at(palace, failure, ["causes", "fixes", "derived_from"]);
  const lessons = around.filter(({ via }) => via.relation === "derived_from" && via.to.key === failure.key);
  const all = [...around];
  for (const { item } of lessons) all.push(...(await at(palace, item, ["fixes"])));
  const entries = (relation: string, isMeant: (one: Neighbour) => boolean) =>
    counted(all.filter((one) => one.via.relation === relation && isMeant(one)));
  return {
    failure: { key: failure.key, title: titleOf(failure) },
    follows: entries("causes", ({ via }) => via.from.key === failure.key),
    fixedBy: entries("fixes", ({ item, via }) => via.from.key === item.key),
    lessons: lessons
      .map(({ item }) => item)
      .sort((a, b) => b.confidence - a.confidence)
      .map(({ level, confidence, ...item }) => ({ key: item.key, title: titleOf(item), level, confidence })),
  };
}

async function sourceOf(palace: Walker, lesson: MemoryItem): Promise<MemoryItem | undefined> {
  const found = await at(palace, lesson, ["derived_from"]);
  return found.find(({ via }) => via.from.key === lesson.key)?.item;
}

function at(palace: Walker, { key, space }: MemoryItem, relations: string[]) {
  return palace.neighbours(key, { relations, space });
}

/** One entry for each item, with the evidence of all links to it. */
function counted(found: readonly Neighbour[]): readonly SequelEntry[] {
  const entries = new Map<string, { readonly item: MemoryItem; readonly evidence: Set<string> }>();
  for (const { item, via } of found) {
    const entry = entries.get(`${item.space}/${item.key}`) ?? { item, evidence: new Set<string>() };
    for (const one of via.evidence ?? []) entry.evidence.add(one);
    entries.set(`${item.space}/${item.key}`, entry);
  }
  return [...entries.values()]
    .map(({ item, evidence }) => ({
      key: item.key,
      title: titleOf(item),
      times: Math.max(1, evidence.size),
      evidence: [...evidence],
    }))
    .sort((a, b) => b.times - a.times || (a.key < b.key ? -1 : 1));
}

function titleOf({ key, title }: Pick<MemoryItem, "key" | "title">): string {
  return title ?? key;
}
