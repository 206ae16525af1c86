import path from "node:path";
import type { PlaybookFile } from "../../domain/playbook/rules.ts";
import { at } from "../../kernel/json.ts";
import { nodeFiles } from "../../platform/files.ts";
import { readPlaybooks } from "../../runtime/playbook-files.ts";
import type { Call } from "../command.ts";
import { UsageError } from "../exit.ts";
import { readInputFile } from "../input.ts";
import { packageRoot } from "../package-root.ts";
import { readSettings } from "../settings.ts";
import type { Operand } from "../shape.ts";
import { configuredFolders } from "./folders.ts";

/** Playbook files and folders of them, as `readNamed` reads them. */
export const fileOperand: Operand = {
  name: "FILE",
  says: "a playbook, or a folder of playbooks; those of the configuration unless named",
  many: true,
  optional: true,
};

const SIDECAR = ".tests.json";

/** The playbooks that were named, or else those that an engine would load; each with the tests beside it. */
export async function readNamed(call: Call): Promise<readonly PlaybookFile[]> {
  if (call.given.operands("FILE").length === 0) return readConfigured(call);
  const named = await Promise.all(call.given.operands("FILE").map((name) => filesOf(path.resolve(call.cwd, name))));
  return Promise.all([...new Set(named.flat())].map(readPlaybook));
}

async function readConfigured(call: Call): Promise<readonly PlaybookFile[]> {
  const folders = configuredFolders(await readSettings(call));
  const found = await readPlaybooks(nodeFiles, folders);
  if (found.length === 0) throw new UsageError(`there is no playbook in ${folders.flat().join(", ")}`);
  return found;
}

/** Those playbooks, and beside them the ones that they name as `next`: a chain is judged as a whole. */
export async function withFollowers(files: readonly PlaybookFile[]): Promise<readonly PlaybookFile[]> {
  const known = new Map(files.map((one) => [one.file, one]));
  for (const { file, text } of known.values()) {
    const beside = path.join(path.dirname(file), `${nextOf(text) ?? ""}.json`);
    if (!known.has(beside) && (await nodeFiles.stat(beside))?.kind === "file")
      known.set(beside, await readPlaybook(beside));
  }
  return [...known.values()];
}

function nextOf(text: string): string | undefined {
  try {
    const next = at(JSON.parse(text), "next");
    return typeof next === "string" && /^[\w-]+$/.test(next) ? next : undefined;
  } catch {
    return undefined;
  }
}

/** One playbook, or all of a folder; the path is absolute. */
export async function playbooksAt(file: string): Promise<readonly PlaybookFile[]> {
  return Promise.all((await filesOf(file)).map(readPlaybook));
}

/** Where the schema of playbooks stands, as a file in `folder` names it. */
export function schemaFrom(folder: string): string {
  const schema = path.relative(folder, path.join(packageRoot, "docs/reference/playbook.schema.json"));
  return schema.split(path.sep).join("/");
}

async function filesOf(file: string): Promise<readonly string[]> {
  const facts = await nodeFiles.stat(file);
  if (facts?.kind !== "directory") return [file];
  const names = (await nodeFiles.list(file)).filter((name) => name.endsWith(".json") && !name.endsWith(SIDECAR));
  if (names.length === 0) throw new UsageError(`there is no playbook in ${file}`);
  return names.sort().map((name) => path.join(file, name));
}

async function readPlaybook(file: string): Promise<PlaybookFile> {
  const text = await readInputFile(file);
  const tests = await nodeFiles.readText(file.replace(/\.json$/, SIDECAR));
  return { file, text, ...(tests === undefined || !file.endsWith(".json") ? {} : { tests }) };
}
