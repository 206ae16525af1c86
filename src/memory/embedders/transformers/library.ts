import { AiosError, messageOf } from "../../../kernel/errors.ts";

const INSTALL = "npm install @xenova/transformers@npm:@huggingface/transformers@4.3.1 --ignore-scripts";

/**
 * The library, read when it is first used: it takes 475 MB on disk and is optional. Rejects with `embedder.unavailable` that
 * says how to install it.
 */
export async function loadLibrary() {
  try {
    return await import("@xenova/transformers");
  } catch (cause) {
    throw new AiosError(
      "embedder.unavailable",
      `the package @xenova/transformers cannot be loaded (${messageOf(cause).split("\n")[0] ?? ""}). ` +
        `It is optional; install it beside the engine: ${INSTALL}`,
      { cause },
    );
  }
}
