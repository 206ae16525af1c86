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
export function memoryDoor({ palace, bus, ports, config }: Runtime): MemoryDoor {
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
    async feedback({ key, helped, note }, asker) {
      const said = { helped, note, by: principalName(asker.by) };
      return told(await palace.as(asker.reader).feedback(key, said, inSpace(asker)), asker);
    },
    review: async (asker) => [...(await palace.as(asker.reader).care.review(inSpace(asker)))],
    async tidy(asker) {
      const done = await palace.as(asker.reader).care.tidy(inSpace(asker));
      for (const { kind, keep, other, space } of done)
        await (kind === "duplicate" ? tellMerged(keep, other, space, asker) : tellLinked(keep, other, space, asker));
      return [...done];
    },
    async merge(key, { duplicate, why }, asker) {
      const about = why === undefined ? {} : { why };
      const item = await palace.as(asker.reader).care.merge(key, duplicate, { ...about, ...inSpace(asker) });
      await tellMerged(key, duplicate, item.space, asker);
      return itemView(item);
    },
    async unmerge(key, asker) {
      const item = await palace.as(asker.reader).care.unmerge(key, inSpace(asker));
      const by = principalName(asker.by);
      const data = { key, space: item.space, by };
      await bus.publish({ type: "memory.unmerged", principal: by, subject: `memory/${key}`, data });
      return itemView(item);
    },
    async sequel(key, asker) {
      const { failure, follows, fixedBy, lessons } = await palace.as(asker.reader).sequel(key, inSpace(asker));
      const shown = (entries: typeof follows) => entries.map((one) => ({ ...one, evidence: [...one.evidence] }));
      return { failure, follows: shown(follows), fixedBy: shown(fixedBy), lessons: [...lessons] };
    },
    async sweep(asker) {
      const archived = await palace.as(asker.reader).care.sweep({ ...inSpace(asker), policy: config.memory.archive });
      const principal = principalName(asker.by);
      for (const data of archived)
        await bus.publish({ type: "memory.archived", principal, subject: `memory/${data.key}`, data });
      return [...archived];
    },
  };

  async function tellMerged(into: string, key: string, space: string, { by: principal }: MemoryAsker): Promise<void> {
    const by = principalName(principal);
    const data = { key, into, space, by };
    await bus.publish({ type: "memory.merged", principal: by, subject: `memory/${key}`, data });
  }

  async function tellLinked(from: string, to: string, space: string, { by }: MemoryAsker): Promise<void> {
    const data = { from, to, relation: "contradicts", space };
    await bus.publish({ type: "memory.linked", principal: principalName(by), subject: `memory/${from}`, data });
  }

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
  const { data: _data, provenance: _provenance, outcomes: _outcomes, version: _version, ...shown } = item;
  const { merged, absorbed, sharedWith, feedback, tags, ...rest } = shown;
  return {
    ...rest,
    tags: tags === undefined ? undefined : [...tags],
    sharedWith: sharedWith === undefined ? undefined : [...sharedWith],
    feedback,
    mergedInto: merged?.into,
    absorbed: absorbed?.map(({ key }) => key),
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
