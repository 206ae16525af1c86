import { z } from "zod";
import { agentTuning } from "../events/types/agent.ts";
import { AiosError } from "../kernel/errors.ts";
import { canonical } from "../kernel/hash.ts";
import { toJson } from "../kernel/json.ts";
import { findAgent } from "./agent-found.ts";
import { demand } from "./granted.ts";
import type { ActionKind } from "./kind.ts";
import { name } from "./params.ts";

const params = z.strictObject({
  target: name.describe("The agent."),
  advice: z.string().min(1).max(1_000).describe("Handed to it with every task from now on."),
});
const before = z.object({ tuning: agentTuning, version: z.number().int() });
type Tuning = z.infer<typeof agentTuning>;

/** So many pieces an agent is given: more are not read. */
const MOST = 5;

/** Hands an agent advice with every task; undo restores the tuning it had. */
export const adviseAgent: ActionKind<z.infer<typeof params>> = {
  name: "advise_agent",
  summary: "Hand an agent advice with every task from now on. Undo restores the tuning before.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: ["agent.configure:*"],
  grants: ({ target }) => [`agent.configure:${target}`],
  agents: ({ target }) => [target],
  says: ({ target, advice }) => `advise agent ${target}: ${advice}`,
  async prepare({ target }, context) {
    const { tuning = {}, configVersion } = findAgent(target, context);
    return { tuning: toJson(tuning) ?? {}, version: configVersion };
  },
  async run({ target, advice }, context) {
    demand([`agent.configure:${target}`], context);
    const { tuning, config } = findAgent(target, context);
    const wanted = advised(tuning, advice);
    if (wanted === undefined)
      throw new AiosError("action.refused", `${target} has ${MOST} pieces of advice already; take one away first`);
    const { version } = await context.engine.configureAgent(target, config, { key: context.key, tuning: wanted });
    return { detail: `${target} is advised from its next task on`, evidence: { version, advice } };
  },
  async undo({ target, advice }, kept, context) {
    demand([`agent.configure:${target}`], context);
    const { tuning: had, version } = before.parse(kept);
    const now = findAgent(target, context);
    const is = () => canonical(findAgent(target, context).tuning ?? {});
    if (is() === canonical(had)) return { same: true, detail: `${target} has the tuning it had` };
    if (is() !== canonical(advised(had, advice) ?? had))
      return { same: false, detail: `${target} was tuned by somebody else since; left as it is` };
    await context.engine.configureAgent(target, now.config, { key: context.key, restores: version, tuning: had });
    return { same: is() === canonical(had), detail: `${target} is not advised any more` };
  },
};

/** The tuning with one more piece of advice; `undefined` where it takes no more. */
function advised(tuning: Tuning | undefined, advice: string): Tuning | undefined {
  const given = tuning?.advice ?? [];
  if (given.includes(advice)) return tuning;
  return given.length >= MOST ? undefined : { ...tuning, advice: [...given, advice] };
}
