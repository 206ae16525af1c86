import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MemoryBackend } from "../../../src/memory/backend.ts";
import { idOf, type StoredItem, type StoredLink } from "../../../src/memory/item.ts";
import { digestOf } from "../../../src/memory/meaning/vectors.ts";
import { type ItemScope, isInScope } from "../../../src/memory/scope.ts";
import { cosine } from "../../support/embedder-contract.ts";

/** A store that the suite may fill: `open` gives a backend over it, each time the same store. */
export interface BackendUnderTest {
  open(): Promise<MemoryBackend>;
  dispose(): Promise<void>;
}

export const anItem = (key: string, more: Partial<StoredItem> = {}): StoredItem => ({
  key,
  space: "shared",
  content: `content of ${key}`,
  sharedWith: [],
  createdAtMs: 1,
  updatedAtMs: 1,
  version: 1,
  ...more,
});

const aLink = (from: string, to: string, more: Partial<StoredLink> = {}): StoredLink => ({
  from: `shared/${from}`,
  to: `shared/${to}`,
  relation: "related_to",
  space: "shared",
  createdAtMs: 1,
  ...more,
});

async function all(backend: MemoryBackend): Promise<readonly StoredItem[]> {
  const items: StoredItem[] = [];
  for await (const item of backend.scan()) items.push(item);
  return items.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

/** What every backend promises; see src/memory/backend.ts for the numbers. A backend of a user's own need not keep vectors. */
export function backendContract(
  name: string,
  prepare: () => Promise<BackendUnderTest>,
  vectors: "with vectors" | "without vectors" = "with vectors",
): void {
  describe(`the ${name} backend`, () => {
    let store: BackendUnderTest;
    let backend: MemoryBackend;
    beforeEach(async () => {
      store = await prepare();
      backend = await store.open();
    });
    afterEach(async () => {
      await backend.close();
      await store.dispose();
    });

    it("gives back what was stored, byte for byte", async () => {
      const item = anItem(`"键" / with\\signs`, {
        content: 'text \u0000 with 换行\r\n, \ud83d\ude00 and "quotes"',
        title: "t",
        tags: ["a", "b c"],
        data: { nested: { deep: [1, null, true, "x"] } },
        level: "draft",
        outcomes: { fixes: 1, failures: 0 },
        sharedWith: ["agent:b"],
      });
      expect(await backend.upsert(item)).toBe("written");
      expect(await backend.get(idOf(item))).toEqual(item);
      expect(await all(backend)).toEqual([item]);
    });

    it("gives those of many that are there", async () => {
      await backend.upsert(anItem("a"));
      await backend.upsert(anItem("b"));
      expect(await backend.getAll(["shared/a", "shared/none", "shared/b", "shared/a"])).toEqual(
        new Map([
          ["shared/a", anItem("a")],
          ["shared/b", anItem("b")],
        ]),
      );
    });

    it("takes many writes at once, and each learns its own fate", async () => {
      await backend.upsert(anItem("k3"));
      const names = Array.from({ length: 40 }, (_, n) => `k${String(n)}`);
      const answers = await Promise.all(names.map((name) => backend.upsert(anItem(name, { content: "new" }), 0)));
      expect(answers.filter((answer) => answer === "conflict")).toHaveLength(1);
      expect(await all(backend)).toHaveLength(40);
      expect((await backend.get("shared/k3"))?.content).toBe("content of k3");
    });

    it("forgets what an item no longer says", async () => {
      await backend.upsert(anItem("k", { kind: "lesson", category: "c", tags: ["t"], sharedWith: ["agent:b"] }));
      const bare = anItem("k", { version: 2 });
      await backend.upsert(bare);
      expect(await backend.get("shared/k")).toEqual(bare);
    });

    it("scans at least what a scope names", async () => {
      const items = [
        anItem("a", { kind: "lesson", level: "draft", tags: ["x", "y"] }),
        anItem("b", { space: "agent:b", category: "c" }),
        anItem("c", { space: "agent:c", sharedWith: ["agent:b"], validFromMs: 10, validToMs: 20 }),
      ];
      for (const item of items) await backend.upsert(item);
      const scopes: readonly (readonly [ItemScope, readonly string[]])[] = [
        [{}, ["a", "b", "c"]],
        [{ space: "shared" }, ["a"]],
        [{ key: "b" }, ["b"]],
        [{ readers: ["agent:b"] }, ["b", "c"]],
        [{ readers: ["agent:b", "shared"] }, ["a", "b", "c"]],
        [{ filter: { kind: "lesson" } }, ["a"]],
        [{ filter: { kind: ["memory", "other"] } }, ["b", "c"]],
        [{ filter: { level: "draft", tags: ["y"] } }, ["a"]],
        [{ filter: { category: ["c", "d"] } }, ["b"]],
        [{ heldAtMs: 15 }, ["a", "b", "c"]],
        [{ heldAtMs: 20 }, ["a", "b"]],
      ];
      for (const [scope, keys] of scopes) {
        const found: string[] = [];
        for await (const item of backend.scan(scope)) if (isInScope(item, scope)) found.push(item.key);
        expect([scope, found.sort()]).toEqual([scope, keys]);
      }
    });

    it("has nothing under a name that was never stored", async () => {
      expect(await backend.get("shared/none")).toBeUndefined();
      expect(await backend.remove("shared/none")).toBe(false);
    });

    it("keeps equal keys of different spaces apart", async () => {
      const [mine, yours] = [anItem("k", { space: "agent:a" }), anItem("k", { space: "agent:b", content: "other" })];
      await backend.upsert(mine);
      await backend.upsert(yours);
      expect(await all(backend)).toEqual([mine, yours]);
    });

    it("writes over exactly the version that was read", async () => {
      expect(await backend.upsert(anItem("k"), 0)).toBe("written");
      expect(await backend.upsert(anItem("k"), 0)).toBe("conflict");
      expect(await backend.upsert(anItem("k", { version: 2, content: "two" }), 1)).toBe("written");
      expect(await backend.upsert(anItem("k", { version: 2, content: "late" }), 1)).toBe("conflict");
      expect((await backend.get("shared/k"))?.content).toBe("two");
    });

    it("lets one of many writers with the same version win", async () => {
      const answers = await Promise.all(
        [1, 2, 3, 4, 5].map((n) => backend.upsert(anItem("k", { content: String(n) }), 0)),
      );
      expect(answers.filter((answer) => answer === "written")).toHaveLength(1);
    });

    it("tells by its revision that something changed, and that nothing did", async () => {
      const before = await backend.revision();
      expect(await backend.revision()).toBe(before);
      await backend.upsert(anItem("k"));
      const after = await backend.revision();
      expect(after).not.toBe(before);
      await backend.remove("shared/k");
      expect(await backend.revision()).not.toBe(after);
    });

    it("tells what was written or removed after a revision, where it says so at all", async () => {
      await backend.upsert(anItem("before"));
      const before = await backend.revision();
      await backend.upsert(anItem("a"));
      await backend.upsert(anItem("b"));
      await backend.remove("shared/a");
      const changed = await backend.changedSince?.(before);
      if (changed === undefined) return;
      expect([...changed.items].map(([id, item]) => [id, item?.key])).toEqual([
        ["shared/a", undefined],
        ["shared/b", "b"],
      ]);
      expect(changed.revision).toBe(await backend.revision());
      expect((await backend.changedSince?.(changed.revision))?.items.size).toBe(0);
    });

    it("draws an equal link once, and finds it from both ends", async () => {
      await backend.upsert(anItem("a"));
      await backend.upsert(anItem("b"));
      await backend.link(aLink("a", "b"));
      await backend.link(aLink("a", "b", { evidence: ["e1"] }));
      await backend.link(aLink("a", "b", { relation: "causes" }));
      expect(await backend.neighbours(["shared/a"])).toHaveLength(2);
      expect(await backend.neighbours(["shared/b"])).toContainEqual(aLink("a", "b", { evidence: ["e1"] }));
      expect(await backend.neighbours(["shared/a", "shared/b"])).toHaveLength(2);
    });

    it("refuses a link whose ends are not both there, and draws nothing", async () => {
      await backend.upsert(anItem("a"));
      await expect(backend.link(aLink("a", "b"))).rejects.toMatchObject({ code: "not_found" });
      await backend.upsert(anItem("b"));
      expect(await backend.neighbours(["shared/a", "shared/b"])).toEqual([]);
    });

    it("removes just the links that were meant", async () => {
      await backend.upsert(anItem("a"));
      await backend.upsert(anItem("b"));
      await backend.link(aLink("a", "b"));
      await backend.link(aLink("a", "b", { relation: "causes" }));
      await backend.link(aLink("b", "a"));
      expect(await backend.unlink("shared/a", "shared/b", (link) => link.relation === "causes")).toBe(1);
      expect(await backend.neighbours(["shared/a"])).toHaveLength(2);
    });

    it("takes an item's links away with it", async () => {
      await backend.upsert(anItem("a"));
      await backend.upsert(anItem("b"));
      await backend.link(aLink("a", "b"));
      await backend.link(aLink("b", "a"));
      expect(await backend.remove("shared/a")).toBe(true);
      expect(await backend.neighbours(["shared/b"])).toEqual([]);
    });

    describe.runIf(vectors === "with vectors")("with vectors beside the items", () => {
      const form = { by: "model q8 3", dimension: 3 };
      const vector = (...numbers: readonly number[]) => Float32Array.from(numbers);
      const shelf = () => {
        if (backend.vectors === undefined) throw new Error("it keeps no vectors");
        return backend.vectors;
      };
      const keep = (item: StoredItem, numbers = vector(1, 0.5, -1), of = digestOf(item)) =>
        shelf().keep(form, [{ id: idOf(item), of, vector: numbers }]);
      const kept = async (by = form.by) => [...(await shelf().madeOf(by, ["shared/a", "shared/b"])).keys()].sort();

      it("gives a vector back for its embedder alone, in its direction", async () => {
        await backend.upsert(anItem("a"));
        await backend.upsert(anItem("b"));
        await keep(anItem("a"));
        expect(await kept()).toEqual(["shared/a"]);
        expect(await kept("model fp32 3")).toEqual([]);
        const [read] = await shelf().read(form.by, ["shared/a", "shared/b"]);
        expect(read).toMatchObject({ id: "shared/a", of: digestOf(anItem("a")) });
        expect(cosine(read?.vector, vector(1, 0.5, -1))).toBeGreaterThan(0.999);
        expect(await shelf().census()).toEqual({ items: 2, made: new Map([[form.by, 1]]) });
        expect(await all(backend)).toEqual([anItem("a"), anItem("b")]);
      });

      it("drops the vector of what an item no longer says, and keeps it through every other change", async () => {
        await backend.upsert(anItem("a", { tags: ["x"] }));
        await keep(anItem("a", { tags: ["x"] }));
        await backend.upsert(anItem("a", { version: 2, sharedWith: ["agent:b"], level: "draft", tags: ["x"] }), 1);
        expect(await kept()).toEqual(["shared/a"]);
        await backend.upsert(anItem("a", { version: 3, content: "something else" }), 2);
        expect(await kept()).toEqual([]);
      });

      it("leaves out what is gone or says something else by now, and forgets with the item", async () => {
        await backend.upsert(anItem("a"));
        await keep(anItem("a"), vector(1, 0, 0), "another digest");
        await keep(anItem("b"));
        expect(await kept()).toEqual([]);
        await keep(anItem("a"));
        await backend.remove("shared/a");
        await backend.upsert(anItem("a"));
        expect(await kept()).toEqual([]);
        expect((await shelf().census()).made.size).toBe(0);
      });

      it("takes vectors of other embedders away when it is told, and those alone", async () => {
        await backend.upsert(anItem("a"));
        await backend.upsert(anItem("b"));
        await keep(anItem("a"));
        const other = { by: "other q8 2", dimension: 2 };
        await shelf().keep(other, [{ id: "shared/b", of: digestOf(anItem("b")), vector: vector(1, 1) }]);
        await shelf().clear(other.by);
        expect([await kept(), await kept(other.by)]).toEqual([[], ["shared/b"]]);
        await shelf().clear();
        expect(await shelf().census()).toEqual({ items: 2, made: new Map() });
      });

      it("refuses a vector of another size, and keeps none of those beside it", async () => {
        for (const key of ["a", "b"]) await backend.upsert(anItem(key));
        const both = [vector(1, 2, 3), vector(1, 2)].map((numbers, at) => {
          const item = anItem(at === 0 ? "a" : "b");
          return { id: idOf(item), of: digestOf(item), vector: numbers };
        });
        await expect(shelf().keep(form, both)).rejects.toMatchObject({
          code: "embedder.invalid",
          message: expect.stringMatching(/shared\/b has a vector of 2 numbers, where model q8 3 has 3/),
        });
        expect(await kept()).toEqual([]);
      });

      it("finds vectors again when it is durable", async () => {
        await backend.upsert(anItem("a"));
        await keep(anItem("a"));
        if (!backend.capabilities.durable) return;
        await backend.close();
        backend = await store.open();
        expect(await kept()).toEqual(["shared/a"]);
      });
    });

    it("says that it is closed, and may be closed twice", async () => {
      await backend.close();
      await backend.close();
      await expect(async () => backend.get("shared/a")).rejects.toMatchObject({ code: "memory.unavailable" });
    });

    it("is found again as it was left, when it is durable", async () => {
      const items = [anItem("a"), anItem("b"), anItem("c")];
      for (const item of items) await backend.upsert(item);
      await backend.link(aLink("a", "b"));
      await backend.remove("shared/c");
      if (!backend.capabilities.durable) return;
      await backend.close();
      backend = await store.open();
      expect(await all(backend)).toEqual(items.slice(0, 2));
      expect(await backend.neighbours(["shared/a"])).toEqual([aLink("a", "b")]);
    });

    it("shows another user of the store what was confirmed, when it is shared", async () => {
      if (!backend.capabilities.shared) return;
      await using other = await store.open();
      await backend.upsert(anItem("k"));
      expect(await other.get("shared/k")).toEqual(anItem("k"));
      expect(await other.upsert(anItem("k", { version: 2 }), 1)).toBe("written");
      expect((await backend.get("shared/k"))?.version).toBe(2);
      expect(await backend.upsert(anItem("k", { version: 2, content: "late" }), 1)).toBe("conflict");
    });
  });
}
