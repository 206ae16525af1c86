import type { Token } from "./tokens.ts";

/** The atom of a message that says nothing. */
const SILENT = "(no message)";

/**
 * The words that name a failure, each value a `*`, runs of values one `*`. Two messages with the same atom are the same failure.
 * A word before a colon or an equals sign ends in `:`, a word before a touching bracket in `()`.
 */
export function atomOf(tokens: readonly Token[]): string {
  const words: string[] = [];
  tokens.forEach((token, index) => {
    if (token.kind === "punctuation") return;
    const word = token.kind === "value" ? "*" : token.text + mark(tokens[index + 1], tokens[index + 2]);
    if (word !== "*" || words.at(-1) !== "*") words.push(word);
  });
  if (words.some((word) => word !== "*")) return words.join(" ");
  return shapeOf(tokens);
}

function mark(next: Token | undefined, after: Token | undefined): string {
  if (next?.kind !== "punctuation" || !next.glued) return "";
  if (next.text === "(") return "()";
  if (next.text === "=") return ":";
  return next.text === ":" && (after === undefined || !after.glued || after.kind === "value") ? ":" : "";
}

/** Nothing but values: the letters before the digits of the first two still tell `ERR-12` from `TS1002`. */
function shapeOf(tokens: readonly Token[]): string {
  const shapes = tokens
    .flatMap((token) => (token.kind === "value" ? [valueShape(token.as, token.text)] : []))
    .slice(0, 2);
  return shapes.length === 0 ? SILENT : shapes.join(" ");
}

function valueShape(as: string, text: string): string {
  if (as !== "id" && as !== "num") return `<${as}>`;
  return `${/^[\p{L}_-]*/u.exec(text)?.[0] ?? ""}#`;
}

/** The message as a person reads it, values as `<path>`, `<num>` and so on. */
export function templateOf(tokens: readonly Token[]): string {
  let text = "";
  for (const token of tokens) {
    if (!token.glued && text !== "") text += " ";
    text += token.kind === "value" ? `<${token.as}>` : token.text;
  }
  return text === "" ? SILENT : text;
}
