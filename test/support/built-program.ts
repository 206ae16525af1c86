import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** The program as it is shipped, compiled from the sources of this moment. */
    readonly builtMain: string;
    /** The same before it was bundled: each module can be wrapped from outside. */
    readonly modularMain: string;
  }
}

const root = path.resolve(import.meta.dirname, "..", "..");

/**
 * Compiles and bundles the program for the tests that start it, into a package of its own: they run the sources as they are, and
 * nobody who builds meanwhile changes a file under them. Types are left to their own check.
 */
export function setup({ provide }: TestProject): () => void {
  const cache = path.join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const made = mkdtempSync(path.join(cache, "aios-test-"));
  const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
  const project = ["-p", path.join(root, "tsconfig.build.json"), "--outDir", path.join(made, "dist")];
  execFileSync(process.execPath, [compiler, ...project, "--noCheck", "--declaration", "false"]);
  const modularMain = path.join(made, "dist", "modular-main.js");
  copyFileSync(path.join(made, "dist", "main.js"), modularMain);
  execFileSync(process.execPath, [path.join(root, "scripts", "bundle.mjs"), path.join(made, "dist")]);
  copyFileSync(path.join(root, "package.json"), path.join(made, "package.json"));
  for (const folder of ["playbooks", "examples"]) symlinkSync(path.join(root, folder), path.join(made, folder));
  provide("builtMain", path.join(made, "dist", "main.js"));
  provide("modularMain", modularMain);
  return () => rmSync(made, { recursive: true, force: true });
}
