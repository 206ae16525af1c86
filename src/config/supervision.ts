import { z } from "zod";
import { ms } from "./duration.ts";

const backoff = (first: number, most: number) =>
  z
    .strictObject({
      firstMs: ms.default(first).describe("Longest pause before the first restart; the shortest is half of it."),
      factor: z.number().min(1).default(2).describe("Growth from one pause to the next."),
      maxMs: ms.default(most).describe("No pause is longer."),
    })
    .prefault({});

/** How many restarts are borne before a person is called, and the pauses between them. */
const intensity = (whose: string, pauses: ReturnType<typeof backoff>) => ({
  restarts: z.number().int().min(0).default(5).describe(`Restarts of ${whose} that are borne within \`withinMs\`.`),
  withinMs: ms.default(60_000).describe("One restart more in this time, and a person is called instead."),
  backoff: pauses.describe("Pauses before restarts."),
});

export const supervision = z
  .strictObject({
    actors: z
      .strictObject({
        ...intensity("one actor", backoff(100, 10_000)),
        skipAfter: z
          .number()
          .int()
          .min(1)
          .default(2)
          .describe("Failures at one event after which the actor is restarted without it."),
      })
      .prefault({})
      .describe("The engine's own actors."),
    residents: z
      .strictObject({
        ...intensity("one supervisor's residents", backoff(1000, 60_000)),
      })
      .prefault({})
      .describe("Resident agents that ask for a `restart`, where their group says nothing else."),
    effectMs: ms
      .default(900_000)
      .describe("What an actor has done outside may take so long before it is reported; a task its own time more."),
    watchdog: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Whether a thread of its own watches the engine's."),
        stallMs: ms.default(1500).describe("The engine's thread has stood still for so long: it is written down."),
        endMs: ms.default(10_000).describe("It still does: the process is ended, for its supervisor to start again."),
        skipAfter: z
          .number()
          .int()
          .min(1)
          .default(2)
          .describe("Ends at one event, or one task of a function, after which it is left out."),
      })
      .prefault({})
      .describe("What sees that the engine's thread stands still."),
  })
  .prefault({})
  .describe("What happens to what fails inside the engine.");
