import type { Config } from "../config.ts";
import type { EmbedderPorts } from "../memory/embedders/kind.ts";
import { type EmbedderSource, embedderSource } from "../memory/embedders/source.ts";
import type { MemoryPlaces } from "../memory/open.ts";

/** Where the memory of a data directory is, and what each backend has to be told. */
export function memoryPlaces({ memory }: Pick<Config, "memory">, dataDir: string): MemoryPlaces {
  const directory = `${dataDir}/memory`;
  const options = {
    volatile: {},
    json: { path: directory },
    chroma: { ...memory.chroma, path: directory },
    neo4j: { ...memory.neo4j, path: directory },
  };
  return {
    backend: memory.backend,
    directory,
    options: (backend) =>
      Object.entries(options).find(([name]) => name === backend)?.[1] ?? { path: directory, ...memory.own },
  };
}

/** The embedder of the configuration. Rejects with `config.invalid` when there is none of that name. */
export function memoryEmbedder(
  { memory }: Pick<Config, "memory">,
  dataDir: string,
  ports: Omit<EmbedderPorts, "models">,
): Promise<EmbedderSource | undefined> {
  const { embedder, embedders } = memory;
  const options = Object.entries(embedders).find(([name]) => name === embedder)?.[1] ?? embedders.own;
  return embedderSource({ embedder, options }, { ...ports, models: `${dataDir}/models` });
}
