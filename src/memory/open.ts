import { z } from "zod";
import { AiosError } from "../kernel/errors.ts";
import type { Hash } from "../kernel/hash.ts";
import type { MemoryBackend } from "./backend.ts";
import { backends } from "./backends/index.ts";
import type { BackendKind, MemoryPorts } from "./backends/kind.ts";
import { openOwn } from "./backends/own.ts";
import { TwoMethodAdapter, type TwoMethodBackend } from "./backends/two-method.ts";
import type { EmbedderSource } from "./embedders/source.ts";
import { fieldTerms } from "./glossary/field-terms.ts";
import { Glossary } from "./glossary/glossary.ts";
import { readGlossary } from "./glossary/read.ts";
import { Meaning } from "./meaning/meaning.ts";
import { MovedNote } from "./migration/moved.ts";
import type { Migration } from "./migration/report.ts";
import { SwitchingBackend } from "./migration/switching.ts";
import { MemoryPalace } from "./palace.ts";

const kinds: ReadonlyMap<string, BackendKind> = new Map(Object.entries(backends));

/** Which backend keeps the memory; the other members are its own options, checked when it is opened. */
export const memoryConfig = z.looseObject({ backend: z.string().default("json") });
export type MemoryConfig = z.input<typeof memoryConfig>;

/**
 * Opens the memory that a configuration names, for the operator. Rejects with `input.invalid` for a backend nobody knows.
 *
 * @param finder finds the candidates of every question; unless told, the backend does
 */
export async function openPalace(
  config: MemoryConfig,
  ports: MemoryPorts,
  finder?: TwoMethodBackend,
): Promise<MemoryPalace> {
  const backend = await openBackend(config, ports);
  return MemoryPalace.over(finder === undefined ? backend : new TwoMethodAdapter(finder, backend), ports.clock);
}

export interface MemoryPlaces {
  /** Of the configuration. */
  readonly backend: string;
  /** Of the memory's own files; absolute. */
  readonly directory: string;
  /** Of the user's own glossary; absolute. */
  readonly glossary?: string | undefined;
  /** What a backend has to be told. */
  readonly options: (backend: string) => MemoryConfig;
  /** What tells the meaning of texts; words alone count where it is missing. */
  readonly embedder?: EmbedderSource | undefined;
}

/** Opens the memory where it was moved to last, so that it can be moved again. */
export async function openMovable(places: MemoryPlaces, ports: MemoryPorts & { readonly hash: Hash }) {
  const glossary = await glossaryOf(places, ports);
  const note = new MovedNote(places.directory, ports);
  const ledger = () => backends.json.open({ path: places.directory }, ports);
  const open = (backend: string) => openBackend({ ...places.options(backend), backend }, ports, ledger);
  const current = await open(await note.backendFor(places.backend));
  const settle = (migration: Migration) => note.write(migration, places.backend);
  const forgetBehind = async (backend: string, id: string) => {
    if (backend === "json" || !(await hasFiles(places.directory, ports))) return;
    await using left = await backends.json.open({ path: places.directory }, ports);
    await left.remove(id);
  };
  const backend = new SwitchingBackend(current, { hash: ports.hash, open, settle, forgetBehind });
  const { clock, log } = ports;
  const meaning = places.embedder && new Meaning({ source: places.embedder, backend, clock, log });
  meaning?.begin();
  return MemoryPalace.over(backend, clock, glossary, meaning);
}

/** Whether a memory of files is, or was, in a directory. */
async function hasFiles(directory: string, { files }: MemoryPorts): Promise<boolean> {
  return (await files.list(directory)).some((name) => name.startsWith("snapshot.") || name.startsWith("log-"));
}

/** The words of this field, and those of the user's own file. Rejects with `config.invalid` for a line that cannot be read. */
async function glossaryOf({ glossary }: MemoryPlaces, { files }: MemoryPorts): Promise<Glossary> {
  if (glossary === undefined) return new Glossary(fieldTerms);
  const text = await files.readText(glossary);
  if (text === undefined) throw new AiosError("config.invalid", `memory.glossary: there is no file ${glossary}`);
  return new Glossary([...fieldTerms, ...readGlossary(text, glossary)]);
}

async function openBackend(
  config: MemoryConfig,
  ports: MemoryPorts,
  ledger: () => Promise<MemoryBackend> = () => backends.volatile.open({}, ports),
): Promise<MemoryBackend> {
  const { backend, ...options } = memoryConfig.parse(config);
  const kind = kinds.get(backend);
  if (kind !== undefined) return kind.open(options, ports);
  const names = [...kinds.keys()];
  if (ports.modules !== undefined) return openOwn(backend, options, { ports, modules: ports.modules, names, ledger });
  const message = `there is no memory backend ${backend}; there are ${names.join(", ")}`;
  throw new AiosError("input.invalid", message, { faults: [{ path: "backend", message }] });
}
