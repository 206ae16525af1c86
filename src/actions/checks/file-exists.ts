import { z } from "zod";
import { absolutePath } from "../params.ts";
import type { CheckKind } from "./kind.ts";

const params = z.strictObject({
  path: absolutePath,
  exists: z.boolean().default(true).describe("False: the file must not be there."),
  minBytes: z.number().int().min(0).optional(),
});

/** A file is there (or is not), and large enough. */
export const fileExists: CheckKind<z.infer<typeof params>> = {
  name: "file_exists",
  summary: "A file is there, or with `exists: false` is not.",
  params,
  async read({ path, exists, minBytes }, { files }) {
    const facts = await files.stat(path);
    const sizeBytes = facts?.kind === "file" ? facts.sizeBytes : undefined;
    const there = sizeBytes !== undefined && sizeBytes >= (minBytes ?? 0);
    const detail = sizeBytes === undefined ? `${path} is not there` : `${path} has ${sizeBytes} bytes`;
    return { ok: there === exists, reading: { sizeBytes: sizeBytes ?? null }, detail };
  },
};
