import { AiosError } from "../../kernel/errors.ts";
import type { StoredItem } from "../item.ts";
import { textOf } from "../ranking/item-text.ts";
import { hashOf } from "../server/term-table.ts";
import type { OtherVectors } from "./status.ts";

/** The vector of an item, as an embedder gave it. */
export interface ItemVector {
  readonly id: string;
  /** Digest of the text that it was made of; see `digestOf`. */
  readonly of: string;
  readonly vector: Float32Array;
}

/**
 * Where a backend keeps the vectors of its items: beside them, one an item.
 *
 * Guarantees:
 *  1. `keep` leaves out vectors of items that are gone or say something else by now; what it keeps is kept as the items are.
 *  2. Removing an item, or changing what it says, takes its vector with it.
 *  3. Vectors are asked for by the fingerprint of their embedder and are never given for another one.
 */
export interface VectorShelf {
  /** Of these items, the digests of the texts whose vectors are there. */
  madeOf(by: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Those of these items that are there, a byte a number. */
  read(by: string, ids: readonly string[]): Promise<readonly ItemVector[]>;
  /** Rejects with `embedder.invalid` when one is of another size than the form says; nothing is kept then. */
  keep(form: VectorForm, vectors: readonly ItemVector[]): Promise<void>;
  /** Removes the vectors of all embedders but that of this fingerprint; all, when there is none. */
  clear(but?: string): Promise<void>;
  /** Counts what is there. */
  census(): Promise<VectorCensus>;
  /**
   * Everything of now, where it is in memory anyway; it may go on with the memory. A vector that did not change is the same
   * object as last time.
   */
  readonly all?: (by: string) => ReadonlyMap<string, KeptVector>;
}

/** How many items there are, and how many of them have a vector of each embedder, by its fingerprint. */
export interface VectorCensus {
  readonly items: number;
  readonly made: ReadonlyMap<string, number>;
}

/** The vectors of all embedders but one. */
export function othersThan(by: string | undefined, { made }: VectorCensus): readonly OtherVectors[] {
  return [...made].filter(([name]) => name !== by).map(([name, items]) => ({ by: name, items }));
}

/** What vectors that can be compared have in common. */
export interface VectorForm {
  /** The fingerprint of their embedder. */
  readonly by: string;
  readonly dimension: number;
}

/** A vector in a byte a number. Only its direction counts, so that no scale is kept. */
export interface KeptVector {
  readonly by: string;
  readonly of: string;
  readonly numbers: Int8Array;
}

export function demandDimension({ by, dimension }: VectorForm, vectors: readonly ItemVector[]): void {
  const wrong = vectors.find(({ vector }) => vector.length !== dimension);
  if (wrong === undefined) return;
  const message = `${wrong.id} has a vector of ${String(wrong.vector.length)} numbers, where ${by} has ${String(dimension)}`;
  throw new AiosError("embedder.invalid", `${message}: none of these is kept`);
}

/** The cosine of two vectors of the same size; 0 where one of them is nothing. */
export function cosineOf(ones: Int8Array, others: Float32Array): number {
  let [product, left, right] = [0, 0, 0];
  for (let at = 0; at < ones.length; at += 1) {
    const [one, other] = [ones[at] ?? 0, others[at] ?? 0];
    product += one * other;
    left += one * one;
    right += other * other;
  }
  return product / (Math.sqrt(left * right) || 1);
}

const LARGEST = 127;

/** Rounds to a byte a number, the largest of them to 127: ranking loses nothing by it. */
export function packed(vector: Float32Array): Int8Array {
  const most = vector.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return Int8Array.from(vector, (value) => (most === 0 ? 0 : Math.round((value * LARGEST) / most)));
}

export function toBase64(numbers: Int8Array): string {
  return btoa(
    Array.from(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.length), (byte) =>
      String.fromCharCode(byte),
    ).join(""),
  );
}

export function fromBase64(text: string): Int8Array {
  const bytes = atob(text);
  const numbers = new Int8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += 1) numbers[at] = bytes.charCodeAt(at);
  return numbers;
}

/** 64 bits over what an item says, in hex: whether a vector was made of that. */
export function digestOf(item: StoredItem): string {
  const text = textOf(item);
  return [5, 6].map((seed) => hashOf(text, seed).toString(16).padStart(8, "0")).join("");
}
