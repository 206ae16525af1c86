import { parseArgs } from "node:util";
import { parseDuration } from "../kernel/duration.ts";
import { UsageError } from "./exit.ts";
import { commonOptions, type Options, type Shape } from "./shape.ts";

type Value = string | boolean | (string | boolean)[] | undefined;

/** The options and operands of one call, read by name. Asking for what does not fit throws `UsageError`. */
export class Given {
  readonly #values: Readonly<Record<string, Value>>;
  readonly #operands: ReadonlyMap<string, readonly string[]>;

  constructor(values: Readonly<Record<string, Value>>, operands: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
    this.#operands = operands;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === "string" ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  }

  /** A whole number of at least `least`. */
  count(name: string, least = 0): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new UsageError(`--${name} takes a whole number${least > 0 ? ` from ${least} on` : ""}, not "${text}"`);
  }

  /** A number from 0 to 1. */
  share(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^(\d+(\.\d+)?|\.\d+)$/.test(text) && value <= 1) return value;
    throw new UsageError(`--${name} takes a number from 0 to 1, not "${text}"`);
  }

  /** A moment in epoch milliseconds: an ISO date or time, or the milliseconds themselves. */
  momentMs(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const atMs = /^\d{9,}$/.test(text) ? Number(text) : Date.parse(text);
    if (!Number.isFinite(atMs))
      throw new UsageError(`--${name} is a moment, as 2026-02-24 or 2026-02-24T09:30:00Z, not "${text}"`);
    return atMs;
  }

  /** A duration with its unit (`500ms`, `30s`, `5m`, `1h`, `2d`), in milliseconds. */
  durationMs(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parseDuration(text);
    if (value !== undefined) return value;
    throw new UsageError(`--${name} takes a duration such as 500ms, 30s, 5m, 1h or 2d, not "${text}"`);
  }

  /** One of a few words. */
  oneOf<const T extends string>(name: string, words: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new UsageError(`--${name} takes ${words.join(", ")}, not "${text}"`);
  }

  /** An operand that must be there; its presence was checked before the command ran. */
  operand(name: string): string {
    const [first] = this.operands(name);
    if (first === undefined) throw new UsageError(`${name} is missing`);
    return first;
  }

  operands(name: string): readonly string[] {
    return this.#operands.get(name) ?? [];
  }
}

/** Reads the arguments of a command by what it says it takes. */
export function readGiven(shape: Shape, argv: readonly string[]): Given {
  const options: Options = { ...shape.options, ...commonOptions };
  const { values, tokens } = parse(options, argv);
  refuseTwice(options, tokens);
  return new Given(values, readOperands(shape, tokens));
}

function parse(options: Options, argv: readonly string[]) {
  try {
    const config = Object.fromEntries(
      Object.entries(options).map(([name, { type, short, multiple }]) => [
        name,
        { type, multiple: multiple === true, ...(short === undefined ? {} : { short }) },
      ]),
    );
    return parseArgs({ args: [...argv], options: config, allowPositionals: true, strict: true, tokens: true });
  } catch (failure) {
    throw new UsageError(sayParseFailure(failure, Object.keys(options)));
  }
}

/** Of an option that takes one value the last would win in silence, and the answer would be to another question. */
function refuseTwice(options: Options, tokens: readonly Token[]): void {
  const seen = new Set<string>();
  for (const { kind, name } of tokens) {
    if (kind !== "option" || name === undefined) continue;
    const { type, multiple } = options[name] ?? {};
    if (seen.has(name) && type === "string" && multiple !== true)
      throw new UsageError(`--${name} is given twice, and takes one value`);
    seen.add(name);
  }
}

/** Node adds advice about `--` that is not about us; the first sentence says what is wrong. */
function sayParseFailure(failure: unknown, known: readonly string[]): string {
  const message = failure instanceof Error ? failure.message : String(failure);
  const [, unknown] = /^Unknown option '--?([^']*)'/.exec(message) ?? [];
  if (unknown === undefined) return message.split(". ", 1).join("");
  return `there is no option --${unknown}; known are ${known.map((name) => `--${name}`).join(", ")}`;
}

interface Token {
  readonly kind: string;
  readonly name?: string | undefined;
  readonly value?: string | boolean | undefined;
}

function readOperands(shape: Shape, tokens: readonly Token[]): ReadonlyMap<string, readonly string[]> {
  const end = tokens.findIndex(({ kind }) => kind === "option-terminator");
  const positionals = (part: readonly Token[]) =>
    part.flatMap(({ kind, value }) => (kind === "positional" && typeof value === "string" ? [value] : []));
  const behind = end < 0 ? [] : positionals(tokens.slice(end));
  const before = end < 0 ? positionals(tokens) : positionals(tokens.slice(0, end));
  const operands = shape.operands ?? [];
  const separate = operands.some(({ behindDashes }) => behindDashes === true);
  const queue = separate ? before : [...before, ...behind];
  const read = new Map<string, readonly string[]>();
  for (const { name, many, behindDashes } of operands) {
    if (behindDashes === true) read.set(name, behind);
    else read.set(name, many === true ? queue.splice(0) : queue.splice(0, 1));
  }
  if (queue.length > 0) throw new UsageError(tooMany(shape, queue[0] ?? ""));
  return read;
}

function tooMany({ operands = [] }: Shape, first: string): string {
  const behind = operands.find(({ behindDashes }) => behindDashes === true);
  if (behind !== undefined) return `"${first}" is not expected here; ${behind.name} stands behind --`;
  return `"${first}" is one argument too many`;
}

/** Throws for the first operand that must be there and is not. */
export function requireOperands({ operands = [] }: Shape, given: Given): void {
  for (const { name, optional, says, behindDashes } of operands) {
    if (optional === true || given.operands(name).length > 0) continue;
    throw new UsageError(`${behindDashes === true ? `-- ${name}` : name} is missing: ${says}`);
  }
}
