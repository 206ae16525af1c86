import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

const corpus = z.array(
  z.strictObject({
    family: z.string(),
    texts: z.array(z.string()),
    repeated: z.array(z.strictObject({ text: z.string(), times: z.number().int() })).default([]),
  }),
);

/** What the corpus leaves open: where the file lies that no text may create, and a host that may be asked. */
export interface Marks {
  readonly canary: string;
  readonly server: string;
}

/** Texts that have done harm somewhere: to shells, templates, paths, headers, terminals, parsers, models. */
export function payloads({ canary, server }: Marks): readonly string[] {
  const file = path.join(import.meta.dirname, "../fixtures/injection/payloads.json");
  const families = corpus.parse(JSON.parse(readFileSync(file, "utf8")));
  const texts = families.flatMap(({ texts, repeated }) => [
    ...texts,
    ...repeated.map(({ text, times }) => text.repeat(times)),
  ]);
  return [...new Set(texts)].map((text) => text.replaceAll("CANARY", canary).replaceAll("SERVER", server));
}
