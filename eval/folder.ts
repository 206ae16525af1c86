import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { z } from "zod";
import { EvalFault } from "./fault.ts";

/** A folder of data that is only read. */
export class DataFolder {
  readonly #root: string;

  constructor(root: string) {
    if (!existsSync(root)) throw new EvalFault("usage", `--data: there is no folder ${root}`);
    if (!statSync(root).isDirectory()) throw new EvalFault("usage", `--data: ${root} is not a folder`);
    this.#root = root;
  }

  /** The folder of that name inside, or this folder itself when it holds no such folder. */
  within(name: string): DataFolder {
    const inside = path.join(this.#root, name);
    return existsSync(inside) && statSync(inside).isDirectory() ? new DataFolder(inside) : this;
  }

  /** Files that are wanted, this folder and those below, named from here, in the order of their names. At least one. */
  files(wanted: string, isWanted: (name: string) => boolean): readonly string[] {
    const names = readdirSync(this.#root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(this.#root, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
      .filter(isWanted)
      .sort();
    if (names.length === 0) throw new EvalFault("data", `${this.#root}: there is no ${wanted} in it`);
    return names;
  }

  has(name: string): boolean {
    return existsSync(path.join(this.#root, name));
  }

  /** Lines without their ends; empty ones are left out, each keeps its number. */
  lines(name: string): readonly Line[] {
    return this.allLines(name).filter(({ text }) => text.trim() !== "");
  }

  /** The same with the empty ones; the end of the last line begins no other. */
  allLines(name: string): readonly Line[] {
    const file = path.join(this.#root, name);
    const texts = this.text(name).split("\n");
    if (texts.at(-1) === "") texts.pop();
    return texts.map((text, index) => new Line(file, index + 1, text.replace(/\r$/, "")));
  }

  text(name: string): string {
    const file = path.join(this.#root, name);
    if (!existsSync(file)) throw new EvalFault("data", `${file}: there is no such file`);
    return readFileSync(file, "utf8");
  }

  /** One JSON document. */
  json<T>(name: string, schema: z.ZodType<T>): T {
    return parsed(path.join(this.#root, name), this.text(name), schema);
  }

  /** One JSON object a line. */
  records<T>(name: string, schema: z.ZodType<T>): readonly T[] {
    return this.lines(name).map((line) => line.read(schema));
  }
}

/** One line of a file, which knows where it stands. */
export class Line {
  readonly text: string;
  readonly #where: string;

  constructor(file: string, number: number, text: string) {
    this.#where = `${file}:${number}`;
    this.text = text;
  }

  read<T>(schema: z.ZodType<T>): T {
    return parsed(this.#where, this.text, schema);
  }

  fault(what: string): EvalFault {
    return new EvalFault("data", `${this.#where}: ${what}`);
  }
}

function parsed<T>(where: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (failure) {
    throw new EvalFault("data", `${where}: not JSON: ${failure instanceof Error ? failure.message : String(failure)}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: at, message }) =>
    at.length > 0 ? `${at.join(".")}: ${message}` : message,
  );
  throw new EvalFault("data", `${where}: ${problems.join("; ")}`);
}

/** Where predictions are written; made when it is not there. */
export class OutFolder {
  readonly #root: string;

  constructor(root: string) {
    if (existsSync(root) && !statSync(root).isDirectory())
      throw new EvalFault("usage", `--out: ${root} is not a folder`);
    mkdirSync(root, { recursive: true });
    this.#root = root;
  }

  /** Writes one line for each, and replaces what an earlier run wrote. */
  lines(name: string, lines: Iterable<string | number>): void {
    const file = path.join(this.#root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, [...lines].map((line) => `${line}\n`).join(""));
  }

  records(name: string, records: readonly object[]): void {
    this.lines(
      name,
      records.map((record) => JSON.stringify(record)),
    );
  }
}
