import { z } from "zod";
import { chromaServer } from "../memory/backends/chroma/options.ts";
import { neo4jServer } from "../memory/backends/neo4j/options.ts";
import { ms } from "./duration.ts";

export const score = z
  .strictObject({ windowMs: ms.default(3_600_000).describe("How far back the score looks.") })
  .prefault({})
  .describe("The evolution score.");

export const memory = z
  .strictObject({
    backend: z
      .enum(["json", "volatile", "chroma", "neo4j"])
      .default("json")
      .describe(
        "`json` keeps memory in files of the data directory, `chroma` and `neo4j` on a server, `volatile` only as long as the engine runs.",
      ),
    glossary: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A file of Chinese words with their English ones beside those that are built in, as `超时 = timeout, timed out` a line; relative to the directory the engine works in.",
      ),
    chroma: chromaServer.prefault({}).describe("The Chroma server, where memory is kept on one."),
    neo4j: neo4jServer.prefault({}).describe("The Neo4j server, where memory is kept on one."),
  })
  .prefault({})
  .describe("What agents and engine remember.");
