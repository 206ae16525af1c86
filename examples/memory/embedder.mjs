// An embedder of one's own in one file, without a model: words of one family (a cause by its different names) move the same
// number, any other word moves three that its letters choose. Good where a team's words are few and known.
//   { "memory": { "embedder": "./examples/memory/embedder.mjs", "embedders": { "own": { "families": [["box", "runner"]] } } } }
// What each member promises: docs/guides/own-memory.md.

const FAMILIES = [
  ["disk", "space", "room", "full", "volume", "enospc", "storage"],
  ["certificate", "expired", "tls", "x509", "renew", "handshake"],
  ["timeout", "slow", "deadline", "late", "etimedout", "latency"],
  ["memory", "oom", "heap", "killed", "batch"],
  ["permission", "denied", "eacces", "forbidden", "rights"],
];
/** Numbers for the words of no family. */
const OTHERS = 128;
/** What such a word weighs beside one of a family. */
const LIGHT = 0.1;

export const embedder = {
  name: "families",

  /** Options are `memory.embedders.own`: further families, each with numbers of its own. */
  async open({ families = [] } = {}) {
    const known = [...FAMILIES, ...families];
    const familyOf = new Map(known.flatMap((words, at) => words.map((word) => [word, at])));
    return {
      // Other families make other vectors: they are part of the name, so that the two are never compared.
      model: {
        name: `families-${hashOf(JSON.stringify(known)).toString(16)}`,
        dtype: "f32",
        dimension: known.length + OTHERS,
        scripts: ["Latin"],
      },
      embed: async (texts) => texts.map((text) => vectorOf(text, familyOf, known.length)),
    };
  },
};

function vectorOf(text, familyOf, families) {
  const vector = new Float32Array(families + OTHERS);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const family = familyOf.get(word);
    if (family !== undefined) vector[family] += 1;
    else for (let seed = 1; seed <= 3; seed += 1) vector[families + (hashOf(word, seed) % OTHERS)] += LIGHT;
  }
  return vector;
}

function hashOf(word, seed = 0) {
  let hash = 2_166_136_261 ^ Math.imul(seed, 0x9e3779b1);
  for (const letter of word) hash = Math.imul(hash ^ letter.codePointAt(0), 16_777_619);
  return hash >>> 0;
}
