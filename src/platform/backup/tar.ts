/**
 * The part of the POSIX `ustar` format that a backup is made of: regular files with relative names. Any `tar` reads what is
 * written here; what is read here may come from anywhere, so nothing in it is believed.
 */
import { AiosError } from "../../kernel/errors.ts";
import { Bytes } from "./bytes.ts";

const BLOCK = 512;
const LARGEST = 8 ** 11;
const encoder = new TextEncoder();

export interface TarFile {
  /** Relative, with forward slashes. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** Two empty blocks end an archive. */
export const tarEnd = (): Uint8Array => new Uint8Array(2 * BLOCK);

/** Fills a file of that size up to a whole block. */
export const tarPadding = (sizeBytes: number): Uint8Array => new Uint8Array((BLOCK - (sizeBytes % BLOCK)) % BLOCK);

/** The block before a file's bytes. Everything is the owner's alone. */
export function tarHeader({ name, sizeBytes }: TarFile, modifiedAtMs: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => block.set(encoder.encode(text), at);
  const octal = (at: number, length: number, value: number) =>
    put(at, `${value.toString(8).padStart(length - 1, "0")}\0`);
  const { prefix, rest } = splitName(name);
  if (sizeBytes >= LARGEST) throw new AiosError("input.too_large", `${name} is too large for a backup: 8 GiB at most`);
  put(0, rest);
  octal(100, 8, 0o600);
  octal(108, 8, 0);
  octal(116, 8, 0);
  octal(124, 12, sizeBytes);
  octal(136, 12, Math.floor(modifiedAtMs / 1000));
  put(148, " ".repeat(8));
  put(156, "0");
  put(257, "ustar\x0000");
  put(345, prefix);
  put(148, `${sum(block).toString(8).padStart(6, "0")}\0 `);
  return block;
}

/** 100 bytes of name, and 155 of folders before it. */
function splitName(name: string): { readonly prefix: string; readonly rest: string } {
  if (encoder.encode(name).length <= 100) return { prefix: "", rest: name };
  const cut = name.lastIndexOf("/");
  const [prefix, rest] = [name.slice(0, Math.max(0, cut)), name.slice(cut + 1)];
  if (cut < 1 || encoder.encode(prefix).length > 155 || encoder.encode(rest).length > 100)
    throw new AiosError("input.too_large", `the name ${name} is too long for a backup`);
  return { prefix, rest };
}

const sum = (block: Uint8Array) => block.reduce((total, byte) => total + byte, 0);

/** A file of an archive. Its bytes have to be taken before the next file is asked for; what is left of them is skipped. */
export interface TarEntry extends TarFile {
  readonly bytes: AsyncGenerator<Uint8Array, void, void>;
}

/** The files of an archive in order. Rejects with `backup.invalid` for what is cut short, altered or no regular file. */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void, void> {
  const source = new Bytes(chunks);
  for (;;) {
    const block = await source.exactly(BLOCK);
    if (isEmpty(block)) {
      // To the very end: the decompressor compares its sum only there.
      for await (const rest of source.remaining())
        if (!isEmpty(rest)) throw new AiosError("backup.invalid", "something follows after its end");
      return;
    }
    const file = parseHeader(block);
    const bytes = source.next(file.sizeBytes);
    yield { ...file, bytes };
    for await (const _ of bytes);
    await source.exactly((BLOCK - (file.sizeBytes % BLOCK)) % BLOCK);
  }
}

const isEmpty = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

function parseHeader(block: Uint8Array): TarFile {
  const text = (at: number, length: number) => {
    const field = block.subarray(at, at + length);
    const end = field.indexOf(0);
    return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
  };
  const number = (at: number, length: number) => {
    const digits = text(at, length).trim();
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  const blank = Uint8Array.from(block).fill(0x20, 148, 156);
  if (text(257, 5) !== "ustar" || number(148, 8) !== sum(blank))
    throw new AiosError("backup.invalid", "it holds a block that is no tar header: it was altered, or is no backup");
  const prefix = text(345, 155);
  const name = prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  const sizeBytes = number(124, 12);
  const kind = text(156, 1);
  if (kind !== "0" || Number.isNaN(sizeBytes))
    throw new AiosError("backup.invalid", `"${name}" in it is no regular file`);
  return { name, sizeBytes };
}
