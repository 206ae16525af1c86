import { z } from "zod";
import { AiosError, type FailureCode } from "../../kernel/errors.ts";
import type { Modules } from "../../kernel/modules.ts";
import { loadOwn, notOwn, type OwnKind } from "../../kernel/own-module.ts";
import type { MemoryBackend } from "../backend.ts";
import { digestOf } from "../meaning/vectors.ts";
import type { MemoryPorts } from "./kind.ts";
import { TwoMethodAdapter, type TwoMethodBackend } from "./two-method.ts";

const isFunction = z.custom<(...args: never[]) => unknown>((value) => typeof value === "function", "a function");
const module = z.object({
  name: z.string().min(1),
  open: z.custom<(options: unknown, ports: object) => Promise<unknown>>(
    (value) => typeof value === "function",
    "a function `open(options, ports)`",
  ),
});

/** What every backend has; see the guarantees of `MemoryBackend`. */
const whole = z.object({
  name: z.string().min(1),
  capabilities: z.object({ durable: z.boolean(), shared: z.boolean(), outbox: z.boolean() }),
  ...Object.fromEntries(
    ["upsert", "get", "getAll", "remove", "scan", "revision", "link", "unlink", "neighbours", "close"].map((name) => [
      name,
      isFunction,
    ]),
  ),
});
const twoMethods = z.object({ store: isFunction, query: isFunction });

export interface OwnBackendDeps {
  readonly ports: MemoryPorts;
  readonly modules: Modules;
  readonly names: readonly string[];
  /** Keeps what a backend of two methods cannot. */
  readonly ledger: () => Promise<MemoryBackend>;
}

/**
 * A backend of the user's own, from a file or a package: all of the port, or the two methods `store` and `query`. Rejects with
 * `config.invalid` that says the module and what is missing in it.
 */
export async function openOwn(specifier: string, options: unknown, deps: OwnBackendDeps): Promise<MemoryBackend> {
  const { ports, modules, names, ledger } = deps;
  const kind: OwnKind = { setting: "memory.backend", exported: "backend", noun: "memory backend", names };
  const own = await loadOwn(kind, specifier, module, modules);
  const failure = (code: FailureCode, message: string) => new AiosError(code, message);
  const opened = await own.open(options, { ...ports, digestOf, failure });
  if (isTwoMethods(opened)) return new TwoMethodAdapter(opened, await ledger());
  if (isWhole(opened)) return opened;
  const faults = whole.safeParse(opened).error?.issues ?? [];
  const missing = faults.map(({ path }) => path.join(".")).join(", ");
  throw notOwn(
    kind,
    specifier,
    `what \`open\` gave has neither \`store\` and \`query\` nor all of the port: ${missing} missing`,
  );
}

function isTwoMethods(opened: unknown): opened is TwoMethodBackend {
  return twoMethods.safeParse(opened).success && !isWhole(opened);
}

function isWhole(opened: unknown): opened is MemoryBackend {
  return whole.safeParse(opened).success;
}
