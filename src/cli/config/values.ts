import path from "node:path";
import type { Settings } from "../settings.ts";

export interface Value {
  readonly path: string;
  readonly value: unknown;
  /** `aios.config.json:7`, `AIOS_PORT`, `--port` or `default`. */
  readonly from: string;
}

const REDACTED = "[redacted]";
const SECRET = /(?:token|key|secret|password|webhook)$/i;

/** Every setting with its value and who set it. Secrets are replaced: this is shown to people and pasted into reports. */
export function valuesOf(settings: Pick<Settings, "config" | "origins" | "file" | "places">): readonly Value[] {
  return leavesOf(settings.config).map(([where, value]) => ({
    path: where,
    value: redacted(where, value),
    from: originOf(settings, where),
  }));
}

function originOf({ origins, file, places }: Omit<Parameters<typeof valuesOf>[0], "config">, where: string): string {
  const origin = origins.get(where) ?? originOfParent(origins, where);
  if (origin === undefined) return "default";
  const place = places.get(where);
  if (origin !== file || place === undefined) return origin;
  return `${path.basename(file)}:${place.line}`;
}

/** An empty object of the file is a setting as well. */
function originOfParent(origins: ReadonlyMap<string, string>, where: string): string | undefined {
  return [...origins].find(([set]) => where.startsWith(`${set}.`))?.[1];
}

function leavesOf(value: unknown, where: readonly string[] = []): readonly (readonly [string, unknown])[] {
  const isBranch = value !== null && typeof value === "object" && !Array.isArray(value);
  if (!isBranch || Object.keys(value).length === 0) return [[where.join("."), value]];
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...where, name]));
}

function redacted(where: string, value: unknown): unknown {
  if (SECRET.test(where) && value !== undefined) return REDACTED;
  if (Array.isArray(value)) return value.map((member) => redacted(where, member));
  if (value === null || typeof value !== "object") return value;
  // Whatever a program gets in its environment may be a secret.
  const isEnvironment = where.endsWith(".env");
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      isEnvironment ? REDACTED : redacted(`${where}.${name}`, member),
    ]),
  );
}
