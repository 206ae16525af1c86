import type { ActionCatalogue } from "../../actions/index.ts";
import type { Call } from "../command.ts";
import { readSettings, type Settings } from "../settings.ts";

/** The actions and checks that an engine of this configuration has: those built in and the user's own. */
export async function catalogueOf(call: Call): Promise<ActionCatalogue> {
  return catalogueFor(await readSettings(call));
}

export async function catalogueFor({
  config: { reactor },
  directory,
}: Pick<Settings, "config" | "directory">): Promise<ActionCatalogue> {
  const [{ withOwnActions }, { nodeModules }] = await Promise.all([
    import("../../actions/own/load.ts"),
    import("../../platform/modules.ts"),
  ]);
  return withOwnActions(reactor, nodeModules(directory));
}
