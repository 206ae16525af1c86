import type { z } from "zod";
import { http } from "./http.ts";
import type { EmbedderKind } from "./kind.ts";
import { none } from "./none.ts";
import { transformers } from "./transformers.ts";

/** Every way to embed texts, by the name that configuration uses. */
export const embedders = { http, none, transformers } satisfies Record<string, EmbedderKind>;

const kinds: readonly EmbedderKind[] = Object.values(embedders);
type Kinds = typeof embedders;
type Embedding = {
  [N in keyof Kinds as Kinds[N] extends { readonly open: unknown } ? N : never]: z.ZodPrefault<Kinds[N]["options"]>;
};

/** The options of each kind that embeds anything, by its name; what is not told has its default. */
export const embedderOptions = Object.fromEntries(
  kinds.flatMap(({ name, says, options, open }) =>
    open === undefined ? [] : [[name, options.prefault({}).describe(says)]],
  ),
  // The names and forms that the entries had are lost on the way.
) as Embedding;
