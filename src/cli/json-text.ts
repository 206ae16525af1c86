/** JSON text with the place of everything in it, so that a mistake can be pointed at. */
export type JsonText =
  | { readonly kind: "value"; readonly value: unknown; readonly places: ReadonlyMap<string, Place> }
  | { readonly kind: "broken"; readonly place: Place; readonly expected: string };

/** Both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Parses JSON text; where it is broken it says at which line and column, which `JSON.parse` does not always tell. */
export function readJsonText(text: string): JsonText {
  const scanner = new Scanner(text);
  try {
    scanner.document();
  } catch (failure) {
    if (!(failure instanceof Broken)) throw failure;
    return { kind: "broken", place: placeOf(text, failure.offset), expected: failure.message };
  }
  const places = new Map([...scanner.offsets].map(([path, offset]) => [path, placeOf(text, offset)]));
  return { kind: "value", value: JSON.parse(text) as unknown, places };
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

class Broken extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

const STRING = /"(?:[^"\\\p{Cc}]|\u007f|[\u0080-\u009f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/uy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/** Walks the grammar of RFC 8259 and remembers where each member stands, by its dotted path. */
class Scanner {
  readonly offsets = new Map<string, number>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value([]);
    if (this.#peek() !== undefined) throw this.#broken("nothing after the end of the JSON value");
  }

  #value(path: readonly string[]): void {
    const next = this.#peek();
    if (path.length > 0 && !this.offsets.has(path.join("."))) this.offsets.set(path.join("."), this.#at);
    if (next === "{") this.#members(path);
    else if (next === "[") this.#items(path);
    else if (next === '"') this.#match(STRING, 'a string that ends with " and holds no bare control character');
    else if (this.#tryMatch(WORD) === undefined) this.#match(NUMBER, "a JSON value");
  }

  #members(path: readonly string[]): void {
    this.#at++;
    if (this.#take("}")) return;
    do {
      this.#peek();
      const start = this.#at;
      const name = JSON.parse(this.#match(STRING, 'a member name in "quotes"')) as string;
      this.offsets.set([...path, name].join("."), start);
      if (!this.#take(":")) throw this.#broken(`":" after "${name}"`);
      this.#value([...path, name]);
    } while (this.#take(","));
    if (!this.#take("}")) throw this.#broken('"," or "}"');
  }

  #items(path: readonly string[]): void {
    this.#at++;
    if (this.#take("]")) return;
    let index = 0;
    do {
      this.#value([...path, String(index++)]);
    } while (this.#take(","));
    if (!this.#take("]")) throw this.#broken('"," or "]"');
  }

  /** The next character that is not white space; `undefined` at the end. */
  #peek(): string | undefined {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#text[this.#at];
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #tryMatch(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #match(pattern: RegExp, expected: string): string {
    const found = this.#tryMatch(pattern);
    if (found === undefined) throw this.#broken(expected);
    return found;
  }

  #broken(expected: string): Broken {
    const found = this.#text[this.#at];
    const seen = found === undefined ? "the text ends" : `${JSON.stringify(found)} stands there`;
    return new Broken(this.#at, `expected ${expected}, but ${seen}`);
  }
}
