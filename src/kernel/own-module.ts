import { AiosError, messageOf } from "./errors.ts";
import type { Modules } from "./modules.ts";

/** What a setting may name by path or package, beside the kinds of ours. */
export interface OwnKind {
  /** The setting, as faults name it. */
  readonly setting: string;
  /** What the module exports under this name, or as its default. */
  readonly exported: string;
  /** In words: "embedder". */
  readonly noun: string;
  /** Those of ours that the setting may name instead; none where it names modules alone. */
  readonly names: readonly string[];
}

/** As much of a schema as reading an export takes. */
interface Reads<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

/**
 * What a module of the user's own exports. Rejects with `config.invalid` that says the module and what is missing in it, when
 * it cannot be loaded or is something else.
 */
export async function loadOwn<T>(kind: OwnKind, specifier: string, schema: Reads<T>, modules: Modules): Promise<T> {
  const { exported, noun, names } = kind;
  const loaded = await modules.load(specifier).catch((cause: unknown) => {
    const ours = names.length === 0 ? "" : `there are ${names.join(", ")}, and `;
    throw notOwn(kind, specifier, `${ours}no module of that name can be loaded: ${messageOf(cause)}`, cause);
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
