import { z } from "zod";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import { knownScripts } from "../meaning/scripts.ts";
import { type Embedder, type EmbedderPorts, embedderKind, type Progress, type TextRole } from "./kind.ts";
import { type Dtype, demandFiles, dtypes, missingFiles } from "./transformers/files.ts";
import { learnedScripts } from "./transformers/learned.ts";
import { loadLibrary } from "./transformers/library.ts";
import { habitsOf } from "./transformers/models.ts";

const dtypeNames = Object.keys(dtypes) as readonly Dtype[];

const options = z.strictObject({
  model: z
    .string()
    .regex(/^[^\s/]+(?:\/[^\s/]+)?$/, "a model's name as OWNER/MODEL")
    .default("Xenova/all-MiniLM-L6-v2")
    .describe("An ONNX sentence model: a folder below `path`, and its name on the hub."),
  path: z
    .string()
    .min(1)
    .optional()
    .describe("The folder of models, with MODEL/onnx/ in it; in the data directory unless told."),
  dtype: z.enum(dtypeNames).default("q8").describe("Which of the model's files: its weights' type."),
  pooling: z
    .enum(["mean", "cls"])
    .optional()
    .describe("How tokens become one vector; known of well-known models, else `mean`."),
  questionPrefix: z.string().optional().describe("What the model wants before a question; known of well-known models."),
  passagePrefix: z.string().optional().describe("What it wants before everything else; known of well-known models."),
  scripts: knownScripts
    .optional()
    .describe('Scripts that it has learned, by their Unicode names, or `"any"`; read from its tokenizer unless told.'),
  hub: z
    .string()
    .regex(/^https?:\/\/[^\s@]+$/, "a URL as https://HOST, without user")
    .default("https://huggingface.co")
    .describe("Where a model is downloaded from, when a person asks for it."),
});
type Options = z.output<typeof options>;

/** What of the library's answer is used. */
const numbers = z.object({ data: z.instanceof(Float32Array) });

/** Any ONNX sentence model, run inside the engine. Nothing is fetched unless a person asks for it. */
export const transformers = embedderKind({
  name: "transformers",
  says: "A sentence model that the engine runs itself.",
  options,
  open,
  download,
});

async function open(given: Options, { files, models }: EmbedderPorts): Promise<Embedder> {
  const { model: name, dtype } = given;
  const folder = `${given.path ?? models}/${name}`;
  await demandFiles(files, folder, dtype);
  const { pipeline } = await loadLibrary();
  try {
    const extract = await pipeline("feature-extraction", folder, { dtype, local_files_only: true });
    const { tokenizer } = extract;
    const habits = { ...habitsOf(name), ...told(given) };
    const { pooling, questionPrefix, passagePrefix } = habits;
    const prefixed = (text: string, as: TextRole) => `${as === "question" ? questionPrefix : passagePrefix}${text}`;
    // One at a time: the weights are quantized by what they are run with, and a text's vector depends on its neighbours.
    const embedOne = async (text: string) => {
      const tensor: unknown = await extract(text, { pooling, normalize: true });
      return numbers.parse(tensor).data;
    };
    const { length: dimension } = await embedOne("dimension");
    const scripts = given.scripts ?? learnedScripts((text) => tokenizer.tokenize(text), tokenizer.unk_token);
    const form = [pooling, questionPrefix, passagePrefix].filter((part) => part !== "").join("|");
    return {
      model: { name, dtype, form, dimension, scripts },
      async embed(texts, as) {
        const vectors: Float32Array[] = [];
        for (const text of texts) vectors.push(await embedOne(prefixed(text, as)));
        return vectors;
      },
      async close() {
        await extract.dispose();
      },
    };
  } catch (cause) {
    throw new AiosError("embedder.unavailable", `the model in ${folder} cannot be loaded: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function download(
  given: Options,
  { files, models }: EmbedderPorts,
  tell: (progress: Progress) => void,
): Promise<void> {
  const { model, dtype, hub, path = models } = given;
  const folder = `${path}/${model}`;
  await files.makeDirectory(path);
  const { pipeline, env } = await loadLibrary();
  env.remoteHost = `${hub.replace(/\/+$/, "")}/`;
  try {
    const extract = await pipeline("feature-extraction", model, {
      dtype,
      cache_dir: path,
      progress_callback(info) {
        if (info.status === "progress") tell({ file: info.file, loadedBytes: info.loaded, totalBytes: info.total });
      },
    });
    await extract.dispose();
  } catch (cause) {
    const missing = await missingFiles(files, folder, dtype);
    const without = missing.length === 0 ? "" : `. Without it, put ${missing.join(", ")} into ${folder}`;
    const message = `${model} cannot be fetched from ${hub}: ${reasonOf(cause)}${without}`;
    throw new AiosError("embedder.unavailable", message, { cause });
  }
  await demandFiles(files, folder, dtype);
}

/** The library says only that a fetch failed; why is in the cause. */
function reasonOf(failure: unknown): string {
  const cause = failure instanceof Error ? failure.cause : undefined;
  return cause === undefined ? messageOf(failure) : `${messageOf(failure)} (${messageOf(cause)})`;
}

function told({ pooling, questionPrefix, passagePrefix }: Options) {
  const given = { pooling, questionPrefix, passagePrefix };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
