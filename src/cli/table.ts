import { type Colour, type Paint, plain } from "./terminal.ts";

export interface Column<T> {
  readonly title: string;
  readonly of: (row: T) => string | number | undefined;
  /** Longer cells are cut to so many columns of the screen. */
  readonly most?: number;
  /** For numbers. */
  readonly right?: boolean;
}

const GAP = "  ";

/** Rows under aligned titles; a column that says nothing is left out. Control characters are taken out of every cell. */
export function table<T>(rows: readonly T[], every: readonly Column<T>[], paint: Paint): string {
  const columns = every.filter(({ of }) => rows.some((row) => (of(row) ?? "") !== ""));
  const cells = rows.map((row) => columns.map((column) => cut(cellOf(column.of(row)), column.most)));
  const widths = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...cells.map((line) => widthOf(line[at] ?? ""))),
  );
  const line = (texts: readonly string[]) =>
    columns
      .map(({ right }, at) => pad(texts[at] ?? "", widths[at] ?? 0, right === true))
      .join(GAP)
      .trimEnd();
  const head = paint("dim", line(columns.map(({ title }) => title)));
  return `${[head, ...cells.map(line)].join("\n")}\n`;
}

/** A title over what belongs under it, or nothing where there is nothing. */
export function section(title: string, body: string, paint: Paint): string {
  return body === "" ? "" : `\n${paint("bold", title)}\n${body}`;
}

/** Sentences, one a line. */
export function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${plain(line)}\n`).join("");
}

/** A name with its value, and the colour that the value's first line has. */
export type Detail = readonly [name: string, value: string | number | undefined, colour?: Colour | undefined];

/** Names with their values, one a line; what is undefined or empty is left out. Lines after a value's first are put under it. */
export function details(rows: readonly Detail[], paint: Paint): string {
  const known = rows.filter(([, value]) => value !== undefined && value !== "");
  const width = Math.max(0, ...known.map(([name]) => widthOf(name)));
  return known
    .map(([name, value, colour]) => {
      const [first = "", ...rest] = String(value).trimEnd().split("\n").map(plain);
      const under = rest.map((one) => `\n${" ".repeat(width)}${GAP}${one}`);
      const painted = colour === undefined ? first : paint(colour, first);
      return `${paint("dim", pad(name, width, false))}${GAP}${painted}${under.join("")}\n`;
    })
    .join("");
}

const cellOf = (value: string | number | undefined) => (value === undefined ? "" : plain(String(value)));

function pad(text: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - widthOf(text)));
  return right ? `${space}${text}` : `${text}${space}`;
}

function cut(text: string, most = Number.POSITIVE_INFINITY): string {
  if (widthOf(text) <= most) return text;
  let kept = "";
  for (const character of text) {
    if (widthOf(kept + character) > most - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
const WITHOUT_WIDTH = /^[\p{M}\p{Cf}]$/u;

/** How many columns of the screen a text takes: East Asian characters and emoji two, marks none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WITHOUT_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}
