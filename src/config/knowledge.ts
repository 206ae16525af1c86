import { z } from "zod";
import { FAILURES } from "../domain/failure-book.ts";
import { WORDINGS } from "../domain/fingerprint/group-bounds.ts";
import { chromaServer } from "../memory/backends/chroma/options.ts";
import { neo4jServer } from "../memory/backends/neo4j/options.ts";
import { embedderOptions } from "../memory/embedders/index.ts";
import { forgetting } from "../memory/tiers.ts";
import { ms } from "./duration.ts";

export const score = z
  .strictObject({
    windowMs: ms.default(3_600_000).describe("How far back the score looks."),
    adaptWeights: z
      .boolean()
      .default(false)
      .describe(
        "Whether the terms that foretell better how tasks end come to count more, each within half and twice its usual weight; `score.weights_changed` says when and why.",
      ),
  })
  .prefault({})
  .describe("The evolution score.");

export const failures = z
  .strictObject({
    wordings: z
      .number()
      .int()
      .min(100)
      .max(1_000_000)
      .default(WORDINGS)
      .describe(
        "Wordings of errors, values masked, by which it is known what is one failure. Beyond that a quarter is forgotten at once, those seen least often and longest ago first, and `failure.forgotten` says how many.",
      ),
    remembered: z
      .number()
      .int()
      .min(100)
      .max(1_000_000)
      .default(FAILURES)
      .describe(
        "Failures whose counts are remembered beside those with a lesson, which are kept. Beyond that those that struck longest ago are forgotten, and `failure.forgotten` says how many.",
      ),
  })
  .prefault({})
  .describe("How many different failures are told apart.");

export const lessons = z
  .strictObject({
    writer: z
      .strictObject({
        url: z
          .string()
          .regex(/^https?:\/\/[^\s@]+$/, "a URL as http://HOST:PORT/v1, without user")
          .optional()
          .describe(
            "A server that speaks OpenAI's chat: it is asked once for advice about each lesson that begins; `/chat/completions` is added. It is told the masked failure and counts. None unless told.",
          ),
        model: z
          .string()
          .regex(/^[\w./:@-]{1,100}$/, "a model's name")
          .default("llama3.2")
          .describe("As the server calls it."),
        key: z.string().min(1).optional().describe("Sent as a bearer token; better given by the environment."),
        timeoutMs: ms.default(30_000).describe("What one answer may take; nothing waits for it."),
      })
      .prefault({})
      .describe("A language model that writes advice, marked as such and never verified."),
  })
  .prefault({})
  .describe("What is learned from failures.");

const days = z.number().int().min(1).max(36_500);

const archive = z
  .strictObject({
    everyHours: z
      .number()
      .int()
      .min(0)
      .max(8_760)
      .default(24)
      .describe("How often what faded goes to the archive; 0 leaves that to `aios memory sweep`."),
    workingDays: days.default(forgetting.workingDays).describe("A `working` memory that nobody needed for so long."),
    retiredDays: days.default(forgetting.retiredDays).describe("A lesson that was disproved so long ago."),
    endedDays: days.default(forgetting.endedDays).describe("What held until so long ago."),
    idleDays: days
      .default(forgetting.idleDays)
      .describe("What is not proven, and neither changed, shared nor found helpful for so long."),
  })
  .prefault({})
  .describe("When a memory goes to the archive, where it answers only when that is asked for. Nothing is deleted.");
/** A kind of ours, a file, or a package. */
const OWN_FORM = /^(?:[./].*|(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*)$/;

export const memory = z
  .strictObject({
    archive,
    backend: z
      .string()
      .regex(OWN_FORM, "json, volatile, chroma, neo4j, a file as ./FILE.mjs, or a package")
      .default("json")
      .describe(
        "`json` keeps memory in files of the data directory, `chroma` and `neo4j` on a server, `volatile` only as long as the engine runs; or a file or package of your own.",
      ),
    own: z
      .record(z.string(), z.json())
      .default({})
      .describe("What a backend of your own is told, beside `path`, the memory's directory."),
    glossary: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A file of Chinese words with their English ones beside those that are built in, as `超时 = timeout, timed out` a line; relative to the directory the engine works in.",
      ),
    advice: z.boolean().default(true).describe("Whether agents are handed the lessons about what they failed with."),
    embedder: z
      .string()
      .regex(OWN_FORM, "the name of an embedder, a file as ./FILE.mjs, or a package")
      .default("none")
      .describe(
        "What finds texts by their meaning: `none`, `transformers` (a model inside the engine), `http` (an embeddings server), or a file or package of your own.",
      ),
    embedders: z
      .strictObject({
        ...embedderOptions,
        own: z.record(z.string(), z.json()).default({}).describe("What an embedder of your own is told."),
      })
      .prefault({})
      .describe("What each embedder is told."),
    chroma: chromaServer.prefault({}).describe("The Chroma server, where memory is kept on one."),
    neo4j: neo4jServer.prefault({}).describe("The Neo4j server, where memory is kept on one."),
  })
  .prefault({})
  .describe("What agents and engine remember.");
