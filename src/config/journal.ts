import { z } from "zod";
import { ms } from "./duration.ts";

const bytes = z.number().int().positive();

const segment = z
  .strictObject({
    bytes: bytes.default(64 * 1024 * 1024).describe("A segment that has grown so large is closed."),
    ageMs: ms.default(86_400_000).describe("A segment that was begun so long ago is closed with the next event."),
    compress: z.boolean().default(true).describe("Whether closed segments are compressed."),
  })
  .prefault({})
  .describe("The files that the journal consists of.");

const retention = z
  .strictObject({
    ageMs: ms.optional().describe("Segments that were closed longer ago are given up."),
    bytes: bytes.optional().describe("The oldest segments are given up while all together are larger."),
  })
  .prefault({})
  .describe(
    "How much of the journal is kept: everything, unless told. Only whole segments go, and only those whose events are in checkpoints.",
  );

const anchors = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Where positions are written down outside of the journal; best on another disk. Unless told `anchors.jsonl` in `dataDir`.",
      ),
    everyMs: ms.default(600_000).describe("While events come, a position is written down at least so often."),
  })
  .prefault({})
  .describe("What shows that the journal was changed and sealed anew, or that its end was cut off.");

export const journal = z
  .strictObject({
    key: z
      .string()
      .min(16)
      .optional()
      .describe("Seals the journal with an HMAC instead of a plain hash. Better in the environment than in a file."),
    maxWaiting: z
      .number()
      .int()
      .positive()
      .default(65_536)
      .describe("Events from outside that may wait to be written before publishers are told `busy`."),
    maxPerAddressee: z
      .number()
      .int()
      .positive()
      .default(8_192)
      .describe("Of these, those that may wait for one agent or subject. A batch is never larger."),
    segment,
    retention,
    anchors,
    checkpoint: z
      .strictObject({
        events: z
          .number()
          .int()
          .positive()
          .default(50_000)
          .describe("A checkpoint is taken after so many events, so that a start reads no more than those."),
        everyMs: ms.default(900_000).describe("And after so long, when there were `atLeast` events since."),
        atLeast: z
          .number()
          .int()
          .positive()
          .default(5_000)
          .describe("Fewer events than these are read again faster than a checkpoint is written."),
      })
      .prefault({})
      .describe("Checkpoints: what the journal led to, so that a start reads only its end. The newest two are kept."),
  })
  .prefault({})
  .describe("The event journal.");
