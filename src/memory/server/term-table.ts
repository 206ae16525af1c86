/** 32-bit FNV-1a over UTF-16 units, of the term or of a piece of it, never 0. */
export function hashOf(term: string, seed: number, from = 0, to = term.length): number {
  // The seed is spread first: beside it a small one would change what the first character changes.
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ term.charCodeAt(at), 0x01000193);
  // One more stir: the last characters alone decide too little.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0 || 1;
}

/**
 * How many documents have a term, in eight bytes a term and without its text: 100,000 items of English take some megabytes.
 * Terms are known by signed hashes (`termHash`); two with one hash count as one, which happens to one question in thousands and moves a weight, never an answer away.
 */
export class TermTable {
  #hashes = new Int32Array(256);
  #counts = new Uint32Array(256);
  #used = 0;

  count(hash: number): number {
    return this.#counts[this.#slot(hash)] ?? 0;
  }

  /** Adds or takes away; it never counts below nothing. */
  add(hash: number, by: 1 | -1): void {
    const slot = this.#slot(hash);
    if (this.#hashes[slot] === 0) {
      if (by < 0) return;
      this.#hashes[slot] = hash;
      this.#used += 1;
    }
    this.#counts[slot] = Math.max(0, (this.#counts[slot] ?? 0) + by);
    if (this.#used * 4 > this.#hashes.length * 3) this.#grow();
  }

  #slot(hash: number): number {
    const mask = this.#hashes.length - 1;
    let slot = hash & mask;
    while (this.#hashes[slot] !== 0 && this.#hashes[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [hashes, counts] = [this.#hashes, this.#counts];
    this.#hashes = new Int32Array(hashes.length * 2);
    this.#counts = new Uint32Array(hashes.length * 2);
    this.#used = 0;
    hashes.forEach((hash, old) => {
      const count = counts[old] ?? 0;
      if (count === 0) return;
      const slot = this.#slot(hash);
      this.#hashes[slot] = hash;
      this.#counts[slot] = count;
      this.#used += 1;
    });
  }
}
