import path from "node:path";
import type { PlaybookFile } from "../../domain/playbook/rules.ts";
import { nodeFiles } from "../../platform/files.ts";
import type { Call } from "../command.ts";
import { UsageError } from "../exit.ts";
import { readInputFile } from "../input.ts";
import type { Operand } from "../shape.ts";

/** Playbook files and folders of them, as `readNamed` reads them. */
export const fileOperand: Operand = { name: "FILE", says: "a playbook, or a folder of playbooks", many: true };

const SIDECAR = ".tests.json";

/** The playbooks that were named, each with the tests beside it. */
export async function readNamed(call: Call): Promise<readonly PlaybookFile[]> {
  const named = await Promise.all(call.given.operands("FILE").map((name) => filesOf(path.resolve(call.cwd, name))));
  return Promise.all([...new Set(named.flat())].map(readPlaybook));
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
