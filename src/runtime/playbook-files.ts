import { catalogue as builtIn } from "../actions/index.ts";
import type { Catalogue } from "../domain/playbook/catalogue.ts";
import { compileRules, type PlaybookFile, type RuleSet } from "../domain/playbook/rules.ts";
import type { Files } from "../kernel/files.ts";
import type { Hash } from "../kernel/hash.ts";

/** Absolute folders of which the first that holds a playbook counts. */
export type Alternatives = readonly string[];

const USUAL_FOLDER = "playbooks";
/** Stands in a configuration for the playbooks of the package. */
export const LIBRARY = "library";

/**
 * The folders that a configuration names, as absolute paths. The usual one falls back to the `packaged` playbooks, unless
 * those are named themselves.
 */
export function playbookFolders(
  named: readonly string[],
  absolute: (folder: string) => string,
  packaged: string,
): readonly Alternatives[] {
  const fallback = named.includes(LIBRARY) ? [] : [packaged];
  return named.map((folder) => {
    if (folder === LIBRARY) return [packaged];
    return folder === USUAL_FOLDER ? [absolute(folder), ...fallback] : [absolute(folder)];
  });
}

export interface RulePorts {
  readonly files: Files;
  readonly hash: Hash;
  /** What there is beside checks and actions that are built in; nothing unless told. */
  readonly catalogue?: Catalogue;
}

/** Reads and compiles the playbooks of every folder; what is not valid is refused and named. */
export async function loadRules(
  { files, hash, catalogue = builtIn }: RulePorts,
  folders: readonly Alternatives[],
  places: Readonly<Record<string, readonly string[]>> = {},
): Promise<RuleSet> {
  return compileRules(await readPlaybooks(files, folders), { catalogue, hash, places });
}

/** The playbooks of every folder as they stand there. */
export async function readPlaybooks(files: Files, folders: readonly Alternatives[]): Promise<readonly PlaybookFile[]> {
  const found: PlaybookFile[] = [];
  for (const alternatives of folders) found.push(...(await firstOf(files, alternatives)));
  return found;
}

/** Differs whenever a playbook or its tests were changed, added or removed: names, sizes and times of every file. */
export async function playbookSignature(
  { files }: { readonly files: Files },
  folders: readonly Alternatives[],
): Promise<string> {
  const lines: string[] = [];
  for (const folder of folders.flat()) {
    for (const name of (await files.list(folder)).filter((one) => one.endsWith(".json")).sort()) {
      const facts = await files.stat(`${folder}/${name}`);
      lines.push(`${folder}/${name} ${facts?.sizeBytes} ${facts?.modifiedAtMs}`);
    }
  }
  return lines.join("\n");
}

async function firstOf(files: Files, alternatives: Alternatives): Promise<readonly PlaybookFile[]> {
  for (const folder of alternatives) {
    const found = await readFolder(files, folder);
    if (found.length > 0) return found;
  }
  return [];
}

async function readFolder(files: Files, folder: string): Promise<readonly PlaybookFile[]> {
  const names = (await files.list(folder)).filter((name) => name.endsWith(".json") && !name.endsWith(".tests.json"));
  return Promise.all(
    names.map(async (name) => {
      const file = `${folder}/${name}`;
      const text = (await files.readText(file)) ?? "";
      const tests = await files.readText(file.replace(/\.json$/, ".tests.json"));
      return { file, text, ...(tests === undefined ? {} : { tests }) };
    }),
  );
}
