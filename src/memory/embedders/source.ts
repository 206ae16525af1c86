import { z } from "zod";
import { AiosError, messageOf } from "../../kernel/errors.ts";
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
async function ownKind(specifier: string, ports: EmbedderPorts): Promise<EmbedderKind> {
  const names = [...kinds.keys()].join(", ");
  const loaded = await ports.modules.load(specifier).catch((cause: unknown) => {
    throw invalid(
      `there are ${names}, and no module of that name can be loaded: ${messageOf(cause)}`,
      specifier,
      cause,
    );
  });
  const read = ownModule.safeParse(loaded["embedder"] ?? loaded["default"]);
  if (read.success) return { options: z.unknown(), says: "of the user's own", ...read.data };
  const faults = read.error.issues.map(({ path, message }) =>
    [path.join("."), message].filter((part) => part !== "").join(": "),
  );
  throw invalid(`the module exports no embedder as \`embedder\` or by default: ${faults.join("; ")}`, specifier);
}

function invalid(why: string, specifier: string, cause?: unknown): AiosError {
  const message = `"${specifier}" is no embedder: ${why}`;
  return new AiosError("config.invalid", `memory.embedder: ${message}`, {
    cause,
    faults: [{ path: "memory.embedder", message }],
  });
}
