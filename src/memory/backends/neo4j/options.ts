import { z } from "zod";

const URL_FORM = /^(?:bolt|neo4j)(?:\+s|\+ssc)?:\/\/[^\s/@]+\/?$/;

/** How a Neo4j server is reached. */
export const neo4jServer = z.strictObject({
  url: z
    .string()
    .regex(URL_FORM, "a URL as bolt://HOST:PORT or neo4j://HOST:PORT, without user or path")
    .default("bolt://127.0.0.1:7687")
    .describe("Where the server listens."),
  database: z.string().min(1).default("neo4j").describe("The database; Neo4j Community has one."),
  user: z.string().min(1).default("neo4j").describe("Who signs in, where a password is set."),
  password: z.string().min(1).optional().describe("Better given by the environment; without it nobody signs in."),
  timeoutMs: z.number().int().positive().default(5_000).describe("What one request to the server may take."),
});
