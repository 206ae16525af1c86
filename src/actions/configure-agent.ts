import { z } from "zod";
import { json } from "../events/vocabulary.ts";
import { canonical } from "../kernel/hash.ts";
import { mergePatch } from "../kernel/merge-patch.ts";
import { findAgent } from "./agent-found.ts";
import { demand } from "./granted.ts";
import type { ActionKind } from "./kind.ts";
import { name } from "./params.ts";

const params = z.strictObject({
  target: name.describe("The agent."),
  patch: z.record(z.string(), json).describe("JSON merge patch on its configuration: null removes a member."),
});
const before = z.object({ config: json, version: z.number().int(), configHash: z.string() });

/** Changes an agent's configuration; undo restores the version before and compares the hashes. */
export const configureAgent: ActionKind<z.infer<typeof params>> = {
  name: "configure_agent",
  summary: "Change an agent's configuration by a JSON merge patch. Undo restores the version before.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: ["agent.configure:*"],
  grants: ({ target }) => [`agent.configure:${target}`],
  agents: ({ target }) => [target],
  says: ({ target, patch }) => `change the configuration of agent ${target} by ${JSON.stringify(patch)}`,
  async prepare({ target }, context) {
    const { config, configVersion, configHash } = findAgent(target, context);
    return { config, version: configVersion, configHash };
  },
  async run({ target, patch }, context) {
    demand([`agent.configure:${target}`], context);
    const agent = findAgent(target, context);
    const { version, configHash } = await context.engine.configureAgent(target, mergePatch(agent.config, patch), {
      key: context.key,
    });
    return { detail: `${target} has configuration ${version}`, evidence: { version, configHash } };
  },
  async undo({ target, patch }, kept, context) {
    demand([`agent.configure:${target}`], context);
    const { config, version, configHash } = before.parse(kept);
    const now = findAgent(target, context);
    if (now.configHash === configHash) return { same: true, detail: `${target} has the configuration it had` };
    if (canonical(now.config) !== canonical(mergePatch(config, patch)))
      return { same: false, detail: `${target} was configured by somebody else since; left as it is` };
    const restored = await context.engine.configureAgent(target, config, { key: context.key, restores: version });
    const same = restored.configHash === configHash;
    return { same, detail: `${target} has configuration ${restored.version}, which restores ${version}` };
  },
};
