import path from "node:path";
import { type Alternatives, playbookFolders } from "../../runtime/playbook-files.ts";
import { packageRoot } from "../package-root.ts";
import type { Settings } from "../settings.ts";

/** The folders that an engine of this configuration reads its playbooks from. */
export function configuredFolders({
  config: { reactor },
  directory,
}: Pick<Settings, "config" | "directory">): readonly Alternatives[] {
  const absolute = (folder: string) => path.resolve(directory, folder);
  return playbookFolders(reactor.playbooks, absolute, path.join(packageRoot, "playbooks"));
}
