import type { Clock } from "../kernel/clock.ts";
import { AiosError } from "../kernel/errors.ts";
import { canWrite, homeOf, type Reader } from "./access.ts";
import type { MemoryBackend } from "./backend.ts";
import { idOf, type StoredItem } from "./item.ts";
import { type Finding, findingsIn } from "./likeness/findings.ts";
import type { Search } from "./search.ts";
import { absent, type InSpace, spaceIn, type Vault } from "./vault.ts";

/**
 * Items of one space that say the same, and those that contradict each other. A merged item stays whole and is found no
 * more; the one that stands for it has a `supersedes` link to it. Nothing of either text is changed, so that taking it back
 * restores both byte for byte, and keeps whatever was changed in between.
 */
export class Merging {
  readonly #backend: MemoryBackend;
  readonly #clock: Clock;
  readonly #reader: Reader;
  readonly #vault: Vault;
  readonly #search: Search;

  constructor(backend: MemoryBackend, clock: Clock, reader: Reader, vault: Vault, search: Search) {
    this.#backend = backend;
    this.#clock = clock;
    this.#reader = reader;
    this.#vault = vault;
    this.#search = search;
  }

  /** What says the same and what contradicts, among the items of one space that the reader may change. */
  async review(options: InSpace): Promise<readonly Finding[]> {
    const space = spaceIn(options) ?? homeOf(this.#reader);
    const items = await this.#search.items({ space });
    return findingsIn(items.filter((item) => canWrite(this.#reader, item.space) && isCompared(item)));
  }

  /** Merges what says the same, and links what contradicts; answers what was done. */
  async tidy(options: InSpace): Promise<readonly Finding[]> {
    const findings = await this.review(options);
    const gone = new Set<string>();
    const done: Finding[] = [];
    for (const finding of findings) {
      const { keep, other, kind, why } = finding;
      const inSpace = { space: keep.space };
      if (gone.has(keep.key) || gone.has(other.key)) continue;
      if (kind === "duplicate") {
        await this.merge(keep.key, other.key, why, inSpace);
        gone.add(other.key);
      } else if (!(await this.#contradict(keep, other, why))) continue;
      done.push(finding);
    }
    return done;
  }

  /** @returns the item that is kept, as it is now */
  async merge(key: string, duplicate: string, why: string, options: InSpace): Promise<StoredItem> {
    const [keep, other] = [await this.#vault.own(key, options), await this.#vault.own(duplicate, options)];
    if (keep.space !== other.space || keep.key === other.key)
      throw refused("duplicate", "is another item of the same space");
    if (keep.merged !== undefined) throw refused("key", `was merged into ${keep.merged.into} itself`);
    if (other.merged !== undefined) throw refused("duplicate", `was merged into ${other.merged.into} already`);
    const { fixes, failures } = outcomesOf(other);
    const atMs = this.#clock.now();
    // The mark comes last: what a crash leaves before it is completed by merging again.
    const { item } = await this.#vault.change(idOf(keep), (known) => {
      if (known === undefined) throw absent(key);
      const entry = { key: other.key, fixes, failures, version: known.version };
      return moved(known, { absorbed: [...(known.absorbed ?? []).filter((one) => one.key !== other.key), entry] });
    });
    await this.#backend.link({
      from: idOf(keep),
      to: idOf(other),
      relation: "supersedes",
      space: keep.space,
      evidence: [why],
      createdAtMs: atMs,
    });
    await this.#vault.change(idOf(other), (known) => {
      if (known === undefined) throw absent(duplicate);
      return moved(known, { merged: { into: keep.key, why, atMs, version: known.version } });
    });
    return item;
  }

  /** Takes a merge back. @returns the item that was merged, as it is now */
  async unmerge(key: string, options: InSpace): Promise<StoredItem> {
    const target = await this.#vault.own(key, options);
    const { merged } = target;
    if (merged === undefined) throw refused("key", "was not merged into another item");
    const keepId = idOf({ space: target.space, key: merged.into });
    await this.#backend.unlink(
      keepId,
      idOf(target),
      ({ relation, createdAtMs }) => relation === "supersedes" && createdAtMs === merged.atMs,
    );
    await this.release(keepId, key);
    const { item } = await this.#vault.change(idOf(target), (known) => {
      if (known === undefined) throw absent(key);
      const { merged: mark, ...rest } = known;
      return { item: { ...rest, version: versionAfter(known, mark?.version) }, effect: "replaced" };
    });
    return item;
  }

  /** Lets an item no longer stand for another one. */
  async release(keepId: string, key: string): Promise<void> {
    if ((await this.#backend.get(keepId)) === undefined) return;
    await this.#vault.change(keepId, (known) => {
      if (known === undefined) throw absent(keepId);
      const entry = known.absorbed?.find((one) => one.key === key);
      if (entry === undefined) return { item: known, effect: "unchanged" };
      const { absorbed = [], ...rest } = known;
      const left = absorbed.filter((one) => one !== entry);
      const item = { ...rest, ...(left.length === 0 ? {} : { absorbed: left }) };
      return { item: { ...item, version: versionAfter(known, entry.version) }, effect: "replaced" };
    });
  }

  /** Links two items unless they are linked so already. */
  async #contradict(a: StoredItem, b: StoredItem, why: string): Promise<boolean> {
    const ends = [idOf(a), idOf(b)];
    const links = await this.#backend.neighbours([idOf(a)]);
    const isThere = links.some(
      ({ from, to, relation }) => relation === "contradicts" && ends.includes(from) && ends.includes(to),
    );
    if (isThere) return false;
    const [from = "", to = ""] = ends;
    const createdAtMs = this.#clock.now();
    await this.#backend.link({ from, to, relation: "contradicts", space: a.space, evidence: [why], createdAtMs });
    return true;
  }
}

/** What was archived, disproved or merged already says nothing anew; nodes that only stand for something say nothing. */
function isCompared({ merged, tier, level, kind = "memory" }: StoredItem): boolean {
  const speaks = kind !== "failure" && kind !== "agent" && kind !== "playbook";
  return merged === undefined && tier !== "archive" && level !== "retired" && speaks;
}

function outcomesOf({ outcomes, absorbed = [] }: StoredItem): { readonly fixes: number; readonly failures: number } {
  const all = [outcomes ?? { fixes: 0, failures: 0 }, ...absorbed];
  return {
    fixes: all.reduce((sum, { fixes }) => sum + fixes, 0),
    failures: all.reduce((sum, { failures }) => sum + failures, 0),
  };
}

function moved(known: StoredItem, change: Pick<StoredItem, "merged"> | Pick<StoredItem, "absorbed">) {
  return { item: { ...known, ...change, version: known.version + 1 }, effect: "replaced" as const };
}

/** What nobody changed since is again exactly what it was, its version too. */
function versionAfter(known: StoredItem, before: number | undefined): number {
  return before !== undefined && known.version === before + 1 ? before : known.version + 1;
}

function refused(path: string, message: string): AiosError {
  return new AiosError("input.invalid", `merge: ${path} ${message}`, { faults: [{ path, message }] });
}
