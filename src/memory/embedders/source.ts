import { z } from "zod";
import { loadOwn } from "../../kernel/own-module.ts";
import { embedders } from "./index.ts";
import type { Embedder, EmbedderKind, EmbedderPorts, Progress } from "./kind.ts";
import { sound } from "./sound.ts";

const kinds: ReadonlyMap<string, EmbedderKind> = new Map(Object.entries(embedders));

export interface EmbedderChoice {
  /** A kind of ours, a file of the user's own, or a package. */
  readonly embedder: string;
  /** What that one is told. */
  readonly options: unknown;
}

/** An embedder that was chosen and is not open yet. */
export interface EmbedderSource {
  readonly name: string;
  open(): Promise<Embedder>;
  /** Absent where there is nothing to fetch. */
  readonly download?: (tell: (progress: Progress) => void) => Promise<void>;
}

/** `undefined` where nothing is embedded. Rejects with `config.invalid` when there is no such embedder, or a module that is none. */
export async function embedderSource(
  choice: EmbedderChoice,
  ports: EmbedderPorts,
): Promise<EmbedderSource | undefined> {
  const { embedder, options } = choice;
  const kind = kinds.get(embedder) ?? (await ownKind(embedder, ports));
  const { open, download } = kind;
  if (open === undefined) return undefined;
  return {
    name: kind.name,
    open: async () => sound(await open(options, ports)),
    ...(download === undefined ? {} : { download: (tell) => download(options, ports, tell) }),
  };
}

const ownModule = z.object({
  name: z.string().min(1),
  open: z.custom<NonNullable<EmbedderKind["open"]>>(
    (value) => typeof value === "function",
    "a function `open(options, ports)`",
  ),
  download: z
    .custom<NonNullable<EmbedderKind["download"]>>((value) => typeof value === "function", "a function")
    .optional(),
});

/** What a module of the user's own exports as `embedder`, or as its default. */
async function ownKind(specifier: string, { modules }: EmbedderPorts): Promise<EmbedderKind> {
  const names = [...kinds.keys()];
  const own = { setting: "memory.embedder", exported: "embedder", noun: "embedder", names };
  const read = await loadOwn(own, specifier, ownModule, modules);
  return { options: z.unknown(), says: "of the user's own", ...read };
}
