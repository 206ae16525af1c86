import { z } from "zod";

const URL_FORM = /^https?:\/\/[^\s/@]+\/?$/;
const NAME_FORM = /^[A-Za-z0-9][A-Za-z0-9._-]{1,400}[A-Za-z0-9]$/;

/** How a Chroma server is reached. */
export const chromaServer = z.strictObject({
  url: z
    .string()
    .regex(URL_FORM, "a URL as http://HOST:PORT, without user or path")
    .default("http://127.0.0.1:8000")
    .describe("Where the server listens."),
  collection: z
    .string()
    .regex(NAME_FORM, "three or more letters, digits, `.`, `_` or `-`")
    .default("aios-memory")
    .describe("Items lie in this collection, links in one named after it."),
  tenant: z.string().min(1).optional().describe("The server's default unless told."),
  database: z.string().min(1).optional().describe("The server's default unless told."),
  token: z.string().min(1).optional().describe("Sent as a bearer token; better given by the environment."),
  timeoutMs: z.number().int().positive().default(5_000).describe("What one request to the server may take."),
});
