// An embedder that costs nothing, so that a bench measures what is done with vectors: each word moves eight of 384 numbers.
const DIMENSION = 384;
const MOVED = 8;

function vectorOf(text) {
  const vector = new Float32Array(DIMENSION);
  for (const word of text.split(/\s+/u)) {
    let hash = 2_166_136_261;
    for (const letter of word) hash = Math.imul(hash ^ letter.codePointAt(0), 16_777_619) >>> 0;
    for (let at = 0; at < MOVED; at += 1) {
      hash = Math.imul(hash ^ (hash >>> 13), 1_540_483_477) >>> 0;
      vector[hash % DIMENSION] += hash & 0x10000 ? 1 : -1;
    }
  }
  return vector;
}

export const embedder = {
  name: "hashed",
  async open() {
    return {
      model: { name: "hashed", dtype: "fp32", dimension: DIMENSION, scripts: ["Latin"] },
      embed: async (texts) => texts.map(vectorOf),
    };
  },
};
