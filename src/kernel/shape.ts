import { readNow } from "./checkpointed.ts";
import { AiosError } from "./errors.ts";

/** Gives the value as what it was checked to be, or throws `checkpoint.unfit` naming the place that is not. */
export type Shape<T> = (value: unknown, at: string) => T;

export const text: Shape<string> = (value, at) => (typeof value === "string" ? value : unfit(at, "a text", value));
export const number: Shape<number> = (value, at) => (typeof value === "number" ? value : unfit(at, "a number", value));
export const yesNo: Shape<boolean> = (value, at) =>
  typeof value === "boolean" ? value : unfit(at, "true or false", value);
export function oneOf<const T extends string>(...words: readonly T[]): Shape<T> {
  const known: ReadonlySet<unknown> = new Set(words);
  return (value, at) => (known.has(value) ? (value as T) : unfit(at, words.join(" or "), value));
}

export const anything: Shape<unknown> = (value) => value;

/** An object whose members are the business of its fold's version. */
export function row<T extends object>(): Shape<T> {
  return (value, at) => (isObject(value) ? (value as T) : unfit(at, "an object", value));
}

export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, at) => (value === undefined || value === null ? undefined : shape(value, at));
}

export function listOf<T>(member: Shape<T>): Shape<T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) return unfit(at, "a list", value);
    const list: T[] = [];
    for (let index = 0; index < value.length; index++) list.push(below(member, value[index], at, index));
    return list;
  };
}

/** A list that was written in groups. */
export function groupsOf<T>(member: Shape<T>): Shape<T[]> {
  const group = listOf(member);
  const groups = listOf<T[]>((value, at) => group(readNow(value), at));
  return (value, at) => groups(value, at).flat();
}

export function pairOf<A, B>(first: Shape<A>, second: Shape<B>): Shape<[A, B]> {
  return (value, at) =>
    Array.isArray(value) && value.length === 2
      ? [below(first, value[0], at, 0), below(second, value[1], at, 1)]
      : unfit(at, "a pair", value);
}

export function objectOf<T extends object>(members: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  const entries = Object.entries(members) as [string, Shape<unknown>][];
  return (value, at) => {
    if (!isObject(value)) return unfit(at, "an object", value);
    const read: Record<string, unknown> = {};
    for (const [name, shape] of entries) read[name] = below(shape, (value as Record<string, unknown>)[name], at, name);
    return read as T;
  };
}

/** The place is worked out where something is amiss there alone: for all others it would take longer than reading them. */
function below<T>(shape: Shape<T>, value: unknown, at: string, name: string | number): T {
  try {
    return shape(value, at);
  } catch {
    return shape(value, `${at}.${name}`);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unfit(at: string, wanted: string, value: unknown): never {
  const found = value === null ? "null" : Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
  throw new AiosError("checkpoint.unfit", `${at} should be ${wanted} and is ${found}`);
}
