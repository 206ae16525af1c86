import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Modules } from "../kernel/modules.ts";

/** Modules as an engine that works in `directory` finds them. */
export function nodeModules(directory: string): Modules {
  return {
    async load(specifier) {
      const loaded: unknown = await import(placeOf(specifier, directory));
      return typeof loaded === "object" ? { ...loaded } : {};
    },
    async codeOf(specifier) {
      const place = placeOf(specifier, directory);
      const url = place.startsWith("file:") ? place : import.meta.resolve(place);
      return createHash("sha256")
        .update(await readFile(new URL(url)))
        .digest("hex");
    },
  };
}

function placeOf(specifier: string, directory: string): string {
  if (/^[./]/.test(specifier)) return pathToFileURL(path.resolve(directory, specifier)).href;
  try {
    return pathToFileURL(createRequire(path.join(directory, "engine.js")).resolve(specifier)).href;
  } catch {
    // Not installed there, or for `import` alone: then beside the engine.
    return specifier;
  }
}
