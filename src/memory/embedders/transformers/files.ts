import { AiosError } from "../../../kernel/errors.ts";
import type { Files } from "../../../kernel/files.ts";

/** Types of weights, with what each adds to the name of the model's file. */
export const dtypes = {
  fp32: "",
  fp16: "_fp16",
  q8: "_quantized",
  int8: "_int8",
  uint8: "_uint8",
  q4: "_q4",
  q4f16: "_q4f16",
  bnb4: "_bnb4",
} as const;
export type Dtype = keyof typeof dtypes;

/** What a model consists of, below its folder. */
export function filesOf(dtype: Dtype): readonly string[] {
  return ["config.json", "tokenizer.json", "tokenizer_config.json", `onnx/model${dtypes[dtype]}.onnx`];
}

export async function missingFiles(files: Files, folder: string, dtype: Dtype): Promise<readonly string[]> {
  const wanted = filesOf(dtype);
  const there = await Promise.all(wanted.map((name) => files.exists(`${folder}/${name}`)));
  return wanted.filter((_, at) => there[at] !== true);
}

/** Rejects with `embedder.unavailable` that names every file of the model that is missing, and how to get it. */
export async function demandFiles(files: Files, folder: string, dtype: Dtype): Promise<void> {
  const missing = await missingFiles(files, folder, dtype);
  if (missing.length === 0) return;
  throw new AiosError(
    "embedder.unavailable",
    `there is no whole model in ${folder}: ${missing.join(", ")} missing. ` +
      "Put it there, or let `aios memory embedder download` fetch it; `memory.embedders.transformers.path` (or AIOS_MODEL_DIR) names the folder of models, `dtype` the file",
  );
}
