import type { Config } from "../config.ts";
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
    options: (backend) => Object.entries(options).find(([name]) => name === backend)?.[1] ?? {},
  };
}
