import path from "node:path";
import { nodeFiles } from "../../platform/files.ts";
import { LIBRARY } from "../../runtime/playbook-files.ts";
import type { Call } from "../command.ts";
import { packageRoot } from "../package-root.ts";
import { readSettings } from "../settings.ts";

/**
 * What somebody has to know who writes the first playbook of a folder for which the engine has taken those of the package
 * so far. Asked before it is written.
 */
export async function noteOnFirst(call: Call, folder: string): Promise<readonly string[]> {
  const { config, directory } = await readSettings(call);
  const named = config.reactor.playbooks;
  const usual = path.resolve(directory, "playbooks");
  if (folder !== usual || !named.includes("playbooks") || named.includes(LIBRARY)) return [];
  if (usual === path.join(packageRoot, "playbooks")) return [];
  const there = (await nodeFiles.list(folder)).some((name) => name.endsWith(".json") && !name.endsWith(".tests.json"));
  if (there) return [];
  return [
    'it is the first of its folder, and the engine now uses this folder instead of the playbooks of the package: to keep those too, set "reactor": {"playbooks": ["library", "playbooks"]}',
  ];
}
