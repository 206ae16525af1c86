import { z } from "zod";
import { processIdentity } from "../../events/vocabulary.ts";
import { name } from "../params.ts";
import type { CheckKind } from "./kind.ts";

const params = z.strictObject({
  target: z
    .union([name, processIdentity])
    .describe("An agent, none of whose processes may be left, or the identity of one process."),
});

/** Nothing of a process tree is left. */
export const processGone: CheckKind<z.infer<typeof params>> = {
  name: "process_gone",
  summary: "Nothing is left of an agent's processes, or of one process and its descendants.",
  params,
  async read({ target }, { engine, processes }) {
    const agent = typeof target === "string" ? engine.agent(target) : undefined;
    if (typeof target === "string" && agent === undefined)
      return { ok: null, reading: null, detail: `there is no agent ${target}` };
    const identities = typeof target === "string" ? (agent?.processes ?? []) : [target];
    const trees = await Promise.all(identities.map((identity) => processes.tree(identity)));
    const left = trees.flat();
    const detail = left.length === 0 ? "nothing of it is left" : `still running: ${left.join(", ")}`;
    return { ok: left.length === 0, reading: { pids: left }, detail };
  },
};
