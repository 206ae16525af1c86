import path from "node:path";
import { z } from "zod";
import { nodeModules } from "../../src/platform/modules.ts";

/** Where an embedder of a user's own lies. */
export const embedderFixtures = path.resolve(import.meta.dirname, "../fixtures/embedders");

const shape = z.object({ vectorOf: z.custom<(text: string) => Float32Array>((value) => typeof value === "function") });

/** The vectors that it makes. */
export const { vectorOf } = shape.parse(await nodeModules(embedderFixtures).load("./concepts.mjs"));
