import { z } from "zod";
import { json } from "../events/vocabulary.ts";
import { AiosError } from "../kernel/errors.ts";
import { canonical } from "../kernel/hash.ts";
import type { Json } from "../kernel/json.ts";
import { findAgent } from "./agent-found.ts";
import { demand } from "./granted.ts";
import type { ActionContext, ActionKind } from "./kind.ts";
import { name } from "./params.ts";

const params = z.strictObject({
  target: name.describe("The agent."),
  version: z.number().int().min(1).describe("The version of its configuration whose content it gets back."),
});
const before = z.object({ config: json, version: z.number().int(), configHash: z.string() });

/** Gives an agent back an earlier version of its configuration; undo restores the one it had. */
export const restoreConfiguration: ActionKind<z.infer<typeof params>> = {
  name: "restore_configuration",
  summary: "Give an agent back an earlier version of its configuration. Undo restores the one it had.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: ["agent.configure:*"],
  grants: ({ target }) => [`agent.configure:${target}`],
  agents: ({ target }) => [target],
  says: ({ target, version }) => `give agent ${target} back its configuration ${version}`,
  async prepare({ target }, context) {
    const { config, configVersion, configHash } = findAgent(target, context);
    return { config, version: configVersion, configHash };
  },
  async run({ target, version }, context) {
    demand([`agent.configure:${target}`], context);
    const given = { key: context.key, restores: version };
    const now = await context.engine.configureAgent(target, contentOf(target, version, context), given);
    return { detail: `${target} has configuration ${now.version}, which restores ${version}`, evidence: { ...now } };
  },
  async undo({ target, version }, kept, context) {
    demand([`agent.configure:${target}`], context);
    const had = before.parse(kept);
    const now = findAgent(target, context);
    if (now.configHash === had.configHash) return { same: true, detail: `${target} has the configuration it had` };
    if (canonical(now.config) !== canonical(contentOf(target, version, context)))
      return { same: false, detail: `${target} was configured by somebody else since; left as it is` };
    const given = { key: context.key, restores: had.version };
    const restored = await context.engine.configureAgent(target, had.config, given);
    const same = restored.configHash === had.configHash;
    return { same, detail: `${target} has configuration ${restored.version}, which restores ${had.version}` };
  },
};

function contentOf(target: string, version: number, { engine }: ActionContext): Json {
  const config = engine.configuration(target, version);
  if (config === undefined)
    throw new AiosError("action.refused", `configuration ${version} of ${target} is not kept any more`);
  return config;
}
