import type { z } from "zod";
import { AiosError, messageOf } from "../kernel/errors.ts";
import type { Modules } from "../kernel/modules.ts";

/** What a setting may name by path or package, beside the kinds of ours. */
export interface OwnKind {
  /** The setting, as faults name it. */
  readonly setting: string;
  /** What the module exports under this name, or as its default. */
  readonly exported: string;
  /** In words: "embedder". */
  readonly noun: string;
  /** Those of ours. */
  readonly names: readonly string[];
}

/**
 * What a module of the user's own exports. Rejects with `config.invalid` that says the module and what is missing in it, when
 * it cannot be loaded or is something else.
 */
export async function loadOwn<S extends z.ZodType>(
  kind: OwnKind,
  specifier: string,
  schema: S,
  modules: Modules,
): Promise<z.output<S>> {
  const { exported, noun, names } = kind;
  const loaded = await modules.load(specifier).catch((cause: unknown) => {
    const why = `there are ${names.join(", ")}, and no module of that name can be loaded: ${messageOf(cause)}`;
    throw notOwn(kind, specifier, why, cause);
  });
  const read = schema.safeParse(loaded[exported] ?? loaded["default"]);
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) =>
    [path.join("."), message].filter((part) => part !== "").join(": "),
  );
  const why = `the module exports no ${noun} as \`${exported}\` or by default: ${faults.join("; ")}`;
  throw notOwn(kind, specifier, why);
}

/** That a module is not what its setting wants. */
export function notOwn({ setting, noun }: OwnKind, specifier: string, why: string, cause?: unknown): AiosError {
  const message = `"${specifier}" is no ${noun}: ${why}`;
  return new AiosError("config.invalid", `${setting}: ${message}`, { cause, faults: [{ path: setting, message }] });
}
