import { describe, expect, it } from "vitest";
import type { Embedder } from "../../src/memory/embedders/kind.ts";

/** What every embedder promises; see src/memory/embedders/kind.ts for the numbers. Each test opens one of its own. */
export function embedderContract(name: string, open: () => Promise<Embedder>): void {
  describe(`the ${name} embedder`, () => {
    it("says what makes its vectors comparable", async () => {
      const { model } = await open();
      expect(model.name).not.toBe("");
      expect(model.dtype).not.toBe("");
      expect(model.dimension).toBeGreaterThan(1);
      expect(model.scripts).toContain("Latin");
    });

    it("gives one vector of finite numbers for each text, in their order", async () => {
      const embedder = await open();
      const texts = ["the disk is full", "the certificate has expired", "a happy person"];
      const together = await embedder.embed(texts, "passage");
      expect(together.map(({ length }) => length)).toEqual(texts.map(() => embedder.model.dimension));
      expect(together.every((vector) => vector.every(Number.isFinite))).toBe(true);
      for (const [at, text] of texts.entries()) {
        const [alone] = await embedder.embed([text], "passage");
        expect(cosine(alone, together[at])).toBeGreaterThan(0.98);
      }
      expect(await embedder.embed([], "passage")).toEqual([]);
    });

    it("puts texts that mean the same nearer to each other than texts that do not", async () => {
      const embedder = await open();
      const [same, other] = await embedder.embed(
        ["no space is left on the device", "the certificate has expired"],
        "passage",
      );
      const [asked] = await embedder.embed(["the disk is full"], "question");
      expect(cosine(asked, same)).toBeGreaterThan(cosine(asked, other));
    });

    it("takes the empty text, other scripts, and one longer than any model reads", async () => {
      const embedder = await open();
      const texts = ["", "   ", "磁盘满了怎么办 😀", "the disk is full ".repeat(2_000)];
      const vectors = await embedder.embed(texts, "passage");
      expect(vectors.map(({ length }) => length)).toEqual(texts.map(() => embedder.model.dimension));
      expect(vectors.every((vector) => vector.every(Number.isFinite))).toBe(true);
    });
  });
}

export function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined) throw new Error("a vector is missing");
  const product = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}
