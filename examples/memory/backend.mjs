// A memory backend of one's own in one file: everything in one JSON file, which every write replaces whole. Good for
// some hundreds of items that somebody wants to read and keep under version control.
//   { "memory": { "backend": "./examples/memory/backend.mjs", "own": { "file": "notes.json" } } }
// What each method promises: docs/guides/own-memory.md.

const idOf = ({ space, key }) => `${space}/${key}`;
const linkId = ({ space, from, relation, to }) => JSON.stringify([space, from, relation, to]);

export const backend = {
  name: "one-file",

  /** `path` is the memory's directory, unless `memory.own` says otherwise; `file` is ours. */
  async open({ path, file = "memory.json" }, { files, failure }) {
    const place = `${path}/${file}`;
    await files.makeDirectory(path);
    const state = JSON.parse((await files.readText(place)) ?? '{"items":[],"links":[]}');
    const write = (next) => files.write(place, `${JSON.stringify(next, undefined, 2)}\n`, { mode: 0o600 });
    return new OneFile(state, write, failure);
  },
};

class OneFile {
  name = "one-file";
  capabilities = { durable: true, shared: false, outbox: false };
  #items;
  #links;
  #write;
  #failure;
  #changes = 0;
  #turn = Promise.resolve();
  #isClosed = false;

  constructor({ items, links }, write, failure) {
    this.#items = new Map(items.map((item) => [idOf(item), item]));
    this.#links = new Map(links.map((link) => [linkId(link), link]));
    this.#write = write;
    this.#failure = failure;
  }

  upsert(item, expected) {
    return this.#change((items) => {
      if (expected !== undefined && (items.get(idOf(item))?.version ?? 0) !== expected) return "conflict";
      items.set(idOf(item), item);
      return "written";
    });
  }

  async get(id) {
    this.#demandOpen();
    return this.#items.get(id);
  }

  async getAll(ids) {
    this.#demandOpen();
    return new Map(ids.flatMap((id) => (this.#items.has(id) ? [[id, this.#items.get(id)]] : [])));
  }

  remove(id) {
    return this.#change((items, links) => {
      for (const [name, { from, to }] of links) if (from === id || to === id) links.delete(name);
      return items.delete(id);
    });
  }

  async *scan() {
    this.#demandOpen();
    yield* [...this.#items.values()];
  }

  async revision() {
    this.#demandOpen();
    return String(this.#changes);
  }

  link(link) {
    return this.#change((items, links) => {
      if (!items.has(link.from) || !items.has(link.to))
        throw this.#failure("not_found", `${link.from} or ${link.to} is not there to be linked`);
      links.set(linkId(link), link);
    });
  }

  unlink(from, to, matches) {
    return this.#change((_items, links) => {
      const gone = [...links].filter(([, link]) => link.from === from && link.to === to && matches(link));
      for (const [name] of gone) links.delete(name);
      return gone.length;
    });
  }

  async neighbours(ids) {
    this.#demandOpen();
    const wanted = new Set(ids);
    return [...this.#links.values()].filter(({ from, to }) => wanted.has(from) || wanted.has(to));
  }

  async close() {
    await this.#turn.catch(() => undefined);
    this.#isClosed = true;
  }

  /** One change after the other; none counts before it is on disk. */
  #change(make) {
    const work = async () => {
      this.#demandOpen();
      const [items, links] = [new Map(this.#items), new Map(this.#links)];
      const answer = make(items, links);
      await this.#write({ items: [...items.values()], links: [...links.values()] });
      [this.#items, this.#links] = [items, links];
      this.#changes += 1;
      return answer;
    };
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #demandOpen() {
    if (this.#isClosed) throw this.#failure("memory.unavailable", "the memory was closed");
  }
}
