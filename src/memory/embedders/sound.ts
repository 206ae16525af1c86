import { AiosError } from "../../kernel/errors.ts";
import type { Embedder } from "./kind.ts";

/**
 * An embedder whose vectors are looked at before anybody uses them. `embed` then also rejects with `embedder.invalid`, for
 * vectors that are too many, too few, of another size, or of something that is no number.
 */
export function sound(embedder: Embedder): Embedder {
  const { model } = embedder;
  return {
    model,
    async embed(texts, as) {
      const vectors = await embedder.embed(texts, as);
      if (vectors.length !== texts.length)
        throw broken(model.name, `${String(vectors.length)} vectors for ${String(texts.length)} texts`);
      for (const vector of vectors) {
        if (vector.length !== model.dimension)
          throw broken(
            model.name,
            `a vector of ${String(vector.length)} numbers, where it has ${String(model.dimension)}`,
          );
        if (!vector.every(Number.isFinite)) throw broken(model.name, "a vector with something that is no number");
      }
      return vectors;
    },
    close: async () => embedder.close?.(),
  };
}

function broken(name: string, what: string): AiosError {
  return new AiosError("embedder.invalid", `the embedder ${name} gave ${what}: nothing of it is kept`);
}
