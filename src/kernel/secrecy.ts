import type { Json } from "./json.ts";

/** Stands where a secret stood. */
const HIDDEN = "(secret)";
/** A line of a secret that is shorter tells nothing, and stands in texts that have nothing to do with it. */
const LEAST_LINE = 8;

/** The ways in which a program prints a secret: as it is, without what surrounds it, line by line, and within JSON. */
export function formsOf(secret: string): readonly string[] {
  const lines = secret
    .split(/\r?\n/u)
    .map((line) => line.trim())
    .filter((line) => line.length >= LEAST_LINE);
  const forms = [secret, secret.trim(), ...lines].flatMap((form) => [form, JSON.stringify(form).slice(1, -1)]);
  return [...new Set(forms)].filter((form) => form !== "").sort((a, b) => b.length - a.length);
}

/** The text without the secrets in any of their forms. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  let left = text;
  for (const secret of secrets) for (const form of formsOf(secret)) left = left.replaceAll(form, HIDDEN);
  return left;
}

/** The same of every text in a value, of the names of its members too. */
export function jsonWithoutSecrets(value: Json, secrets: ReadonlySet<string>): Json {
  if (secrets.size === 0) return value;
  if (typeof value === "string") return withoutSecrets(value, secrets);
  if (Array.isArray(value)) return value.map((item: Json) => jsonWithoutSecrets(item, secrets));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [withoutSecrets(name, secrets), jsonWithoutSecrets(member, secrets)]),
  );
}
