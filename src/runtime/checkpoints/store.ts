import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import { type Checkpoint, decodeCheckpoint, type Seal } from "./format.ts";

/** So many are kept: the newest may turn out damaged. */
const KEPT = 2;
/** So many that could not be used are kept beside them, for whoever wants to know why. */
const SET_ASIDE_KEPT = 2;
const NAME = /^checkpoint-(\d+)\.jsonl$/;
const ASIDE = /^checkpoint-(\d+)\.jsonl\.unused$/;

/** The checkpoints of a data directory: a file for each, named by the last event it holds. */
export class CheckpointStore {
  readonly #files: Files;
  readonly #directory: string;
  readonly #seal: Seal;

  constructor(files: Files, directory: string, seal: Seal) {
    this.#files = files;
    this.#directory = directory;
    this.#seal = seal;
  }

  get seal(): Seal {
    return this.#seal;
  }

  pathOf(sequence: number): string {
    return `${this.#directory}/checkpoint-${sequence}.jsonl`;
  }

  unusedPathOf(sequence: number): string {
    return `${this.pathOf(sequence)}.unused`;
  }

  /** Newest first. */
  async sequences(): Promise<readonly number[]> {
    return numbered(await this.#files.list(this.#directory), NAME);
  }

  /** @throws {AiosError} `checkpoint.unfit` saying what is wrong with it */
  async read(sequence: number): Promise<Checkpoint> {
    const bytes = await this.#files.read(this.pathOf(sequence)).catch((failure: unknown) => {
      throw new AiosError("checkpoint.unfit", `it cannot be read: ${messageOf(failure)}`, { cause: failure });
    });
    if (bytes === undefined) throw new AiosError("checkpoint.unfit", "it is not there");
    return decodeCheckpoint(bytes, this.#seal);
  }

  /** Writes one, whole or not at all, and removes those that are too many. Answers with the sequences that are left. */
  async write(sequence: number, bytes: Uint8Array): Promise<readonly number[]> {
    await this.#files.makeDirectory(this.#directory);
    await this.#files.write(this.pathOf(sequence), bytes, { mode: 0o600 });
    const sequences = await this.sequences();
    for (const old of sequences.slice(KEPT)) await this.#files.remove(this.pathOf(old));
    return sequences.slice(0, KEPT);
  }

  /** Out of the way, so that it is never mistaken for one of this journal again; what is there stays readable. */
  async setAside(sequence: number): Promise<void> {
    await this.#files.rename(this.pathOf(sequence), this.unusedPathOf(sequence));
    const aside = numbered(await this.#files.list(this.#directory), ASIDE);
    for (const old of aside.slice(SET_ASIDE_KEPT)) await this.#files.remove(this.unusedPathOf(old));
  }

  /** Drafts that a crash left behind. */
  async sweep(): Promise<void> {
    for (const name of await this.#files.list(this.#directory))
      if (name.startsWith(".checkpoint-") && name.endsWith(".tmp"))
        await this.#files.remove(`${this.#directory}/${name}`);
  }
}

function numbered(names: readonly string[], pattern: RegExp): readonly number[] {
  return names
    .flatMap((name) => {
      const found = pattern.exec(name);
      return found === null ? [] : [Number(found[1])];
    })
    .sort((a, b) => b - a);
}
