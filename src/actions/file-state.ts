import { z } from "zod";
import { AiosError } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import { realPlace } from "./granted.ts";
import type { ActionContext, UndoResult } from "./kind.ts";

/** A larger file could not stand in the journal, and what cannot be put back is not overwritten. */
const LIMIT_BYTES = 512 * 1024;

const kept = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("absent") }),
  z.object({ kind: z.literal("file"), base64: z.string(), mode: z.number().int() }),
]);

/** What stands at a path now, as undo will need it. */
export async function keepFile(path: string, context: ActionContext): Promise<Json> {
  const place = await realPlace("fs.write", path, context);
  const facts = await context.files.stat(place);
  if (facts === undefined) return { kind: "absent" };
  if (facts.kind !== "file") throw new AiosError("action.refused", `${path} is no file`);
  if (facts.sizeBytes > LIMIT_BYTES)
    throw new AiosError("action.refused", `${path} has ${facts.sizeBytes} bytes: more than undo could put back`);
  const bytes = await context.files.read(place);
  return bytes === undefined ? { kind: "absent" } : { kind: "file", base64: toBase64(bytes), mode: facts.mode };
}

/** Writes bytes at a path inside the granted places. */
export async function putFile(
  path: string,
  content: string | Uint8Array,
  mode: number | undefined,
  context: ActionContext,
): Promise<string> {
  const place = await realPlace("fs.write", path, context);
  await context.files.write(place, content, mode === undefined ? {} : { mode });
  return place;
}

/**
 * Puts back what `keepFile` saw and compares, unless the bytes are no longer those that were `written`; `nothing` was when
 * the file was removed.
 */
export async function putBack(
  path: string,
  before: Json,
  written: Uint8Array | undefined | "nothing",
  context: ActionContext,
): Promise<UndoResult> {
  const state = kept.parse(before);
  const place = await realPlace("fs.write", path, context);
  const old = state.kind === "file" ? fromBase64(state.base64) : undefined;
  const now = await context.files.read(place);
  if (equal(now, old)) return { same: true, detail: `${path} is as it was` };
  const isOurs = written === "nothing" ? now === undefined : written !== undefined && equal(now, written);
  if (!isOurs) return { same: false, detail: `${path} was changed by somebody else since; left as it is` };
  if (state.kind === "absent") await context.files.remove(place);
  else await context.files.write(place, fromBase64(state.base64), { mode: state.mode });
  const same = equal(await context.files.read(place), old);
  return { same, detail: old === undefined ? `${path} is gone again` : `${path} has its old ${old.length} bytes` };
}

function equal(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
