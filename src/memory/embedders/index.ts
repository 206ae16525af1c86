import { http } from "./http.ts";
import type { EmbedderKind } from "./kind.ts";
import { none } from "./none.ts";
import { transformers } from "./transformers.ts";

/** Every way to embed texts, by the name that configuration uses. */
export const embedders = { http, none, transformers } satisfies Record<string, EmbedderKind>;
