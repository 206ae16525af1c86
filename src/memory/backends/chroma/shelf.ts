import type { ChromaClient, Collection } from "chromadb";
import { AiosError } from "../../../kernel/errors.ts";

const SPACE = "cosine";

/** A collection that is there already keeps its own settings without a word: they are compared. */
export async function shelf(
  client: ChromaClient,
  name: string,
  metadata: { readonly form: string; readonly [member: string]: string },
): Promise<Collection> {
  const found = await client.getOrCreateCollection({
    name,
    embeddingFunction: null,
    metadata,
    configuration: { hnsw: { space: SPACE, ef_construction: 200, ef_search: 400 } },
  });
  const isOurs = Object.entries(metadata).every(([member, value]) => found.metadata?.[member] === value);
  if (found.configuration.hnsw?.space === SPACE && isOurs) return found;
  throw new AiosError(
    "memory.unavailable",
    `the Chroma collection ${name} was made by something else: name another one in the configuration`,
  );
}
