import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TestEngine } from "../../support/engine.ts";

/**
 * What two agents may learn of each other through every door, asked 10,000 times. All that an agent writes carries marks
 * (`zq-OWNER-KEY`); a mark may reach the other only while its item is shared.
 */
const AGENTS = ["a", "b"] as const;
type Agent = (typeof AGENTS)[number];
const KEYS = 8;

const doors = [
  ...(["store", "store", "get", "list", "patch", "remove", "share", "share", "revoke", "link", "unlink"] as const),
  ...(["neighbours", "path", "query", "context", "export", "import", "feedback", "knowledge", "foreign"] as const),
  ...(["mcp_context", "mcp_query", "mcp_get", "mcp_report", "mcp_link", "mcp_neighbours", "mcp_path"] as const),
  ...(["review", "tidy", "merge", "unmerge", "sweep", "sequel", "mcp_sequel"] as const),
];

const call = fc.record({
  who: fc.constantFrom(...AGENTS),
  what: fc.constantFrom(...doors),
  key: fc.integer({ min: 0, max: KEYS - 1 }),
  other: fc.integer({ min: 0, max: KEYS - 1 }),
  /** Keys and spaces that somebody guesses. */
  guess: fc.integer({ min: 0, max: 11 }),
  depth: fc.integer({ min: 1, max: 4 }),
  n: fc.integer({ min: 0, max: 999 }),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

const otherThan = (who: Agent): Agent => (who === "a" ? "b" : "a");
const mark = (who: Agent, key: string) => `zq-${who}-${key}-`;

/** A key as it may be asked for: mostly one that both have, sometimes the other's with its space before it. */
function keyOf(n: number, guess: number, who: Agent): string {
  const them = otherThan(who);
  const key = `k${String(n)}`;
  if (guess === 0) return `agent:${them}/${key}`;
  if (guess === 1) return `../agent:${them}/${key}`;
  if (guess === 2) return `["agent:${them}","${key}"]`;
  return key;
}

/** A space as it may be asked for: mostly none, sometimes the other's, in other clothes, or everybody's. */
function spaceOf(guess: number, who: Agent): string | undefined {
  const them = `agent:${otherThan(who)}`;
  const guessed = [them, them, them, "shared", `agent:${who}`, them.toUpperCase(), `agent:${who},${them}`];
  return guessed[guess - 3];
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface World {
  readonly test: TestEngine;
  readonly ask: (who: Agent, method: string, at: string, json?: unknown, more?: object) => Promise<Answer>;
}

async function world(seen: readonly Agent[] = AGENTS): Promise<World> {
  const test = await TestEngine.open({ http: true, config: { memory: { backend: "volatile" } } });
  const operator = await test.client();
  const tokens = new Map<Agent, string>();
  for (const agent of AGENTS) {
    const made = await operator.tokens.$post({ json: { role: "agent", agent } });
    tokens.set(agent, (await made.json()).token);
  }
  for (let n = 0; n < 3; n += 1)
    await operator.memory.items.$post({
      json: { key: `all${String(n)}`, content: `common words for all ${String(n)}` },
    });
  const { url = "" } = test.engine;
  const ask: World["ask"] = async (who, method, at, json, more = {}) => {
    if (!seen.includes(who)) return { status: 0, body: "" };
    const answer = await fetch(url + at, {
      method,
      headers: {
        authorization: `Bearer ${tokens.get(who) ?? ""}`,
        accept: "application/json, text/event-stream",
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...more,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    return { status: answer.status, body: await answer.text() };
  };
  return { test, ask };
}

const api = "/api/v1/memory";

/** One call as one request, whatever it asks for. */
function request({ ask }: World, { who, what, key: k, other: o, guess, depth, n }: Call): Promise<Answer> {
  const them = otherThan(who);
  const [key, other] = [keyOf(k, guess, who), keyOf(o, guess === 0 ? 5 : guess - 1, who)];
  const space = spaceOf(guess, who);
  const at = `${api}/items/${encodeURIComponent(key)}`;
  const inSpace = space === undefined ? "" : `?space=${encodeURIComponent(space)}`;
  const text = `common words ${mark(who, key)}${String(n)}`;
  const evidence = [`${mark(who, "evidence")}${String(n)}`];
  const relation = ["related_to", "causes", "fixes"][n % 3] ?? "";
  // Both use the same keys for their changes: what the other was answered is not theirs.
  const repeated = n % 7 === 0 ? { "idempotency-key": `change-${String(k)}` } : {};
  const tool = (name: string, args: object) =>
    ask(who, "POST", "/mcp", { jsonrpc: "2.0", id: n, method: "tools/call", params: { name, arguments: args } });
  const asked: Record<Call["what"], () => Promise<Answer>> = {
    store: () => ask(who, "POST", `${api}/items`, { key, content: text, title: `title ${text}`, space }, repeated),
    get: () => ask(who, "GET", at + inSpace),
    list: () => ask(who, "GET", `${api}/items${inSpace}`),
    patch: () => ask(who, "PATCH", at + inSpace, { category: `${mark(who, key)}category` }),
    remove: () => ask(who, "DELETE", at + inSpace),
    share: () => ask(who, "POST", `${at}/share`, { with: `agent:${them}`, space }),
    revoke: () => ask(who, "POST", `${at}/share`, { with: `agent:${them}`, revoke: true, space }),
    link: () => ask(who, "POST", `${api}/links`, { from: key, to: other, relation, evidence, space }),
    unlink: () => ask(who, "DELETE", `${api}/links`, { from: key, to: other, space }),
    neighbours: () => ask(who, "GET", `${at}/neighbours?depth=${String(depth)}${inSpace.replace("?", "&")}`),
    path: () => ask(who, "POST", `${api}/path`, { from: key, to: other, space }),
    query: () =>
      ask(who, "POST", `${api}/query`, { text: `common words ${String(n)}`, topK: 50, explain: n % 2 === 0, space }),
    context: () => ask(who, "POST", `${api}/context`, { task: "common words", budgetTokens: 2_000, space }),
    export: () => ask(who, "POST", `${api}/export`, { space }),
    import: () => ask(who, "POST", `${api}/import`, { format: 1, items: [], links: [], checksum: "" }),
    feedback: () => ask(who, "POST", `${api}/feedback`, { key, helped: true, space }),
    knowledge: () => ask(who, "GET", `/api/v1/${n % 2 === 0 ? "lessons" : "failures"}`),
    foreign: () => ask(who, "GET", `/api/v1/${["events", "agents", "overview", "backup", "actors"][n % 5] ?? ""}`),
    review: () => ask(who, "POST", `${api}/review`, { space }),
    tidy: () => (n % 9 === 0 ? ask(who, "POST", `${api}/tidy`, { space }) : ask(who, "POST", `${api}/review`, {})),
    merge: () => ask(who, "POST", `${at}/merge`, { duplicate: other, why: evidence[0], space }),
    unmerge: () => ask(who, "POST", `${at}/unmerge`, { space }),
    sweep: () => ask(who, "POST", `${api}/sweep`, { space }),
    sequel: () => ask(who, "POST", `${api}/sequel`, { key, space }),
    mcp_sequel: () => tool("memory_sequel", { key }),
    mcp_context: () => tool("memory_context", { task: "common words", budgetTokens: 2_000 }),
    mcp_query: () => tool("memory_query", { text: `common words ${String(n)}`, topK: 50, explain: n % 2 === 0 }),
    mcp_get: () => tool("memory_get", { key }),
    mcp_report: () => tool("memory_report", { key, content: text }),
    mcp_link: () => tool("memory_link", { from: key, to: other, relation, evidence }),
    mcp_neighbours: () => tool("memory_neighbours", { key, depth }),
    mcp_path: () => tool("memory_path", { from: key, to: other }),
  };
  return asked[what]();
}

/** An answer without what differs between two engines that know the same. */
function comparable({ status, body }: Answer): string {
  return `${String(status)} ${body
    .replaceAll(/"(?:createdAtMs|updatedAtMs)":\d+/g, '""')
    .replaceAll(/"request":"[^"]*"/g, '""')
    .replaceAll(/\\"(?:createdAtMs|updatedAtMs)\\":\d+/g, "")}`;
}

describe("what two agents learn of each other through HTTP and MCP", () => {
  it("is nothing but what is shared, in 10,000 calls with guessed keys and spaces", async () => {
    const both = await world();
    /** `OWNER/KEY` of what is shared with the other, kept by the plainest means. */
    const shared = new Set<string>();
    const answered = new Map<string, number>();
    for (const one of fc.sample(call, { numRuns: 10_000, seed: 20_261_127 })) {
      const { who, what, key: k, guess } = one;
      const key = keyOf(k, guess, who);
      const answer = await request(both, one);
      expect(answer.status, `${what} ${answer.body}`).toBeLessThan(500);
      const done = answer.status < 300 && !answer.body.includes('"isError":true');
      if (done) answered.set(what, (answered.get(what) ?? 0) + 1);
      if (done && what === "share") shared.add(`${who}/${key}`);
      if (done && (what === "revoke" || what === "remove")) shared.delete(`${who}/${key}`);
      const them = otherThan(who);
      for (const [leaked, of = ""] of answer.body.matchAll(new RegExp(`zq-${them}-(.+?)-`, "g")))
        if (!shared.has(`${them}/${of.replaceAll("\\", "")}`))
          throw new Error(`${what} of ${who} showed ${leaked}: ${JSON.stringify(one)} → ${answer.body}`);
    }
    // The calls were real ones: everything an agent may do was done, and what it may not was never done.
    const refused = ["export", "import", "feedback", "knowledge"];
    expect(refused.filter((what) => answered.has(what))).toEqual([]);
    expect([...answered.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(4_000);
    for (const what of [
      "get",
      "share",
      "link",
      "neighbours",
      "path",
      "mcp_get",
      "mcp_link",
      "mcp_neighbours",
      "mcp_path",
    ])
      expect([what, (answered.get(what) ?? 0) > 20]).toEqual([what, true]);
    expect(shared.size).toBeGreaterThan(0);
  }, 900_000);

  it("is not one byte, not in a score nor in a refusal, while the other shares nothing", async () => {
    const [both, alone] = [await world(), await world(["a"])];
    const calls = fc
      .sample(call, { numRuns: 2_000, seed: 6 })
      .filter(({ who, what }) => who === "a" || (what !== "share" && what !== "revoke"));
    let compared = 0;
    for (const one of calls) {
      const [with_, without] = [await request(both, one), await request(alone, one)];
      if (one.who === "b" || one.what === "foreign") continue;
      expect(comparable(with_), JSON.stringify(one)).toBe(comparable(without));
      compared += 1;
    }
    expect(compared).toBeGreaterThan(800);
  }, 600_000);
});
