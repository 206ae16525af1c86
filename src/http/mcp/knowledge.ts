import type { MemoryAsker, MemoryDoor } from "../deps.ts";
import { hidden } from "../guard.ts";
import type * as shapes from "../shapes/memory.ts";
import type { SequelView } from "../shapes/memory-care.ts";

/**
 * The memory as an agent's tools reach it: on behalf of one asker, and without anything that judges, promotes, shares or
 * moves. Every method rejects with an `AiosError`, as the routes do.
 */
export interface Knowledge {
  context(input: shapes.ContextInput): Promise<shapes.ContextView>;
  /** Answers `MemoryHits`. */
  query(input: shapes.MemoryQuery): Promise<unknown>;
  get(key: string): Promise<shapes.ItemView>;
  store(input: shapes.ItemInput): Promise<shapes.ItemView>;
  link(input: shapes.LinkInput): Promise<void>;
  neighbours(key: string, options: { readonly depth: number; readonly relation?: string }): Promise<shapes.GraphView>;
  path(input: shapes.PathInput): Promise<shapes.GraphView>;
  sequel(key: string): Promise<SequelView>;
}

/** What the asker may know, straight from the palace. */
export function knowledgeFor(memory: MemoryDoor, asker: MemoryAsker): Knowledge {
  return {
    context: (input) => memory.context(input, asker),
    query: (input) => memory.query(input, asker),
    async get(key) {
      const item = await memory.get(key, asker);
      if (item === undefined) throw hidden("not_found", key);
      return item;
    },
    store: (input) => memory.store(input, asker),
    link: (input) => memory.link(input, asker),
    neighbours: (key, { depth, relation }) => memory.neighbours(key, { depth, relation }, asker),
    path: (input) => memory.path(input, asker),
    sequel: (key) => memory.sequel(key, asker),
  };
}
