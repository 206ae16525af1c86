import path from "node:path";
import { messageOf } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import { nodeFiles } from "../platform/files.ts";
import type { Call } from "./command.ts";
import { UsageError } from "./exit.ts";
import { readJsonText } from "./json-text.ts";

type Source = Pick<Call, "cwd" | "stdin">;

/** How JSON is given on a command line, for the help. */
export const JSON_SAYS = "JSON text, @FILE, or - for standard input";

/** JSON that was given as text, as `@FILE`, or as `-` for standard input. What is no JSON is a usage error with its place. */
export async function readJsonInput(call: Source, name: string, text: string): Promise<Json> {
  const { from, content } = await contentOf(call, text);
  return parse(content, from === undefined ? name : `${name} (${from})`, from === undefined);
}

/** JSON from a file, or from standard input for `-`. */
export function readJsonFile(call: Source, name: string, file: string): Promise<Json> {
  return readJsonInput(call, name, file === "-" ? "-" : `@${file}`);
}

/** The text of a file, or of standard input for `-`, and what to call it where it is found wanting. */
export async function readNamedFile(
  call: Source,
  name: string,
  file: string,
): Promise<{ readonly content: string; readonly called: string }> {
  const { from = name, content } = await contentOf(call, file === "-" ? "-" : `@${file}`);
  return { content, called: `${name} (${from})` };
}

/** What a text that was read from somewhere says. What is no JSON is a usage error with its place. */
export function jsonIn(content: string, called: string): Json {
  return parse(content, called, false);
}

/** How text is given on a command line, for the help. */
export const TEXT_SAYS = "text, @FILE, or - for standard input";

/** Text that was given as it is, as `@FILE`, or as `-` for standard input; without the line break at its end. */
export async function readTextInput(call: Source, text: string): Promise<string> {
  const { content } = await contentOf(call, text);
  return content.replace(/\r?\n$/, "");
}

async function contentOf(
  { cwd, stdin }: Source,
  text: string,
): Promise<{ readonly from?: string; readonly content: string }> {
  if (text === "-") return { from: "standard input", content: await stdin() };
  if (!text.startsWith("@")) return { content: text };
  const file = path.resolve(cwd, text.slice(1));
  return { from: file, content: await readInputFile(file) };
}

/** The text of a file that the caller named; one that cannot be read is a usage error. */
export async function readInputFile(file: string): Promise<string> {
  let content: string | undefined;
  try {
    content = await nodeFiles.readText(file);
  } catch (failure) {
    throw new UsageError(`${file} cannot be read: ${messageOf(failure)}`);
  }
  if (content === undefined) throw new UsageError(`there is no file ${file}`);
  return content;
}

function parse(content: string, name: string, inline: boolean): Json {
  const read = readJsonText(content);
  if (read.kind === "value") return read.value as Json;
  const { line, column } = read.place;
  const hint = inline && /^\w/.test(content) ? `; plain text is written '${JSON.stringify(content.slice(0, 40))}'` : "";
  throw new UsageError(`${name} is not JSON: line ${line}, column ${column}: ${read.expected}${hint}`);
}
