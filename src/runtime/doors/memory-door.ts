import type { MemoryAsker, MemoryDoor } from "../../http/deps.ts";
import { principalName } from "../../http/principals.ts";
import type { GraphView, ItemView } from "../../http/shapes/memory.ts";
import { AiosError } from "../../kernel/errors.ts";
import { canonical } from "../../kernel/hash.ts";
import { toJson } from "../../kernel/json.ts";
import { homeOf } from "../../memory/access.ts";
import type { MemoryItem, MemoryLink } from "../../memory/view.ts";
import type { Runtime } from "../../runtime.ts";

/** The palace on behalf of whoever asks. The journal is told what was changed, by name and hash, never the text. */
export function memoryDoor({ palace, bus, ports }: Runtime): MemoryDoor {
  const { hash, entropy } = ports;
  const inSpace = ({ space }: MemoryAsker) => (space === undefined ? {} : { space });

  async function told(item: MemoryItem, { by }: MemoryAsker): Promise<ItemView> {
    const { key, space, kind = "memory" } = item;
    await bus.publish({
      type: "memory.stored",
      principal: principalName(by),
      subject: `memory/${key}`,
      data: { key, space, kind, hash: hash.sha256(canonical(toJson(item) ?? null)) },
    });
    return itemView(item);
  }

  return {
    async store(input, asker) {
      const { key = entropy.id(), space: _, ...value } = input;
      const { item, effect } = await palace.as(asker.reader).store(key, value, inSpace(asker));
      return effect === "unchanged" ? itemView(item) : told(item, asker);
    },
    async get(key, asker) {
      const item = await palace.as(asker.reader).get(key, inSpace(asker));
      return item === undefined ? undefined : itemView(item);
    },
    list: async (asker) => (await palace.as(asker.reader).list({}, inSpace(asker))).map(itemView),
    patch: async (key, patch, asker) => told(await palace.as(asker.reader).update(key, patch, inSpace(asker)), asker),
    async remove(key, asker) {
      const mine = palace.as(asker.reader);
      const item = await mine.get(key, inSpace(asker));
      if (item === undefined || !(await mine.forget(key, inSpace(asker)))) return false;
      const by = principalName(asker.by);
      await bus.publish({
        type: "memory.forgotten",
        principal: by,
        subject: `memory/${key}`,
        data: { key, space: item.space, by },
      });
      return true;
    },
    async query(request, asker) {
      const { text, space: _, ...options } = request;
      const { items, signals, note } = await palace.as(asker.reader).query(text, { ...options, ...inSpace(asker) });
      const shown = items.map((item) => ({
        ...itemView(item),
        score: item.score,
        ...(item.explain === undefined ? {} : { explain: toJson(item.explain) ?? null }),
      }));
      return { items: shown, signals: [...signals], note };
    },
    async context({ task, budgetTokens }, asker) {
      const budget = budgetTokens === undefined ? {} : { budgetTokens };
      const { text, keys, tokens, note } = await palace
        .as(asker.reader)
        .context({ task, ...budget, ...inSpace(asker) });
      return { text, tokens, items: [...keys], note };
    },
    async link({ from, to, relation, evidence }, asker) {
      const said = evidence === undefined ? { relation } : { relation, evidence };
      await palace.as(asker.reader).link(from, to, { ...said, ...inSpace(asker) });
      const space = asker.space ?? homeOf(asker.reader);
      await bus.publish({
        type: "memory.linked",
        principal: principalName(asker.by),
        subject: `memory/${from}`,
        data: { from, to, relation, space },
      });
    },
    async unlink({ from, to, relation }, asker) {
      const said = relation === undefined ? {} : { relation };
      return (await palace.as(asker.reader).unlink(from, to, { ...said, ...inSpace(asker) })) > 0;
    },
    async neighbours(key, { depth, relation }, asker) {
      const mine = palace.as(asker.reader);
      const start = await mine.get(key, inSpace(asker));
      if (start === undefined) throw new AiosError("not_found", `there is no item "${key}"`);
      const relations = relation === undefined ? {} : { relations: [relation] };
      const found = await mine.neighbours(key, { depth, ...relations, ...inSpace(asker) });
      const nodes = [{ item: start, distance: 0 }, ...found.map(({ item, depth: distance }) => ({ item, distance }))];
      return graphView(
        nodes,
        found.map(({ via }) => via),
      );
    },
    async path({ from, to }, asker) {
      const found = await palace.as(asker.reader).path(from, to, inSpace(asker));
      if (found === undefined) return { nodes: [], links: [] };
      const nodes = found.nodes.map((item, distance) => ({ item, distance }));
      return graphView(nodes, found.links);
    },
    async share(key, { with: space, revoke }, asker) {
      const mine = palace.as(asker.reader);
      const item = await (revoke === true
        ? mine.unshare(key, space, inSpace(asker))
        : mine.share(key, space, inSpace(asker)));
      return told(item, asker);
    },
    async export(asker) {
      const content = await palace.as(asker.reader).export(inSpace(asker));
      return { ...content, checksum: checksumOf(content) };
    },
    async import({ checksum, ...content }, asker) {
      const found = checksumOf(content);
      if (found !== checksum)
        throw new AiosError("input.invalid", "the content is not what was exported", {
          faults: [{ path: "checksum", message: `is ${checksum}, the content has ${found}` }],
        });
      return { ...(await palace.as(asker.reader).import(content)), checksum };
    },
    migrate: async (to, asker) => ({ ...(await palace.as(asker.reader).moveTo(to)) }),
    feedback: async ({ key, helped }, asker) =>
      told(await palace.as(asker.reader).judge(key, helped, inSpace(asker)), asker),
  };

  function checksumOf({
    format,
    items,
    links,
  }: {
    readonly format: number;
    readonly items: unknown;
    readonly links: unknown;
  }) {
    return hash.sha256(canonical(toJson({ format, items, links }) ?? null));
  }
}

function itemView(item: MemoryItem): ItemView {
  const { key, content, title, category, tags, kind, level, confidence, space, sharedWith, createdAtMs, updatedAtMs } =
    item;
  return {
    key,
    content,
    title,
    category,
    tags,
    kind,
    level,
    confidence,
    space,
    sharedWith: sharedWith === undefined ? undefined : [...sharedWith],
    createdAtMs,
    updatedAtMs,
  };
}

function graphView(
  nodes: readonly { readonly item: MemoryItem; readonly distance: number }[],
  links: readonly MemoryLink[],
): GraphView {
  return {
    nodes: nodes.map(({ item: { key, title }, distance }) => ({ key, title, distance })),
    links: links.map(({ from, to, relation, evidence }) => ({
      from: from.key,
      to: to.key,
      relation,
      ...(evidence === undefined ? {} : { evidence: [...evidence] }),
    })),
  };
}
