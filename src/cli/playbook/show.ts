import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { sayPlaybook } from "./playbook-text.ts";

const operands = [{ name: "ID", says: "the playbook's id" }] as const;

export const show: Command = {
  name: "show",
  summary: "Show one playbook with its record and its document",
  operands,
  examples: ["aios playbook show agent_runaway_restart"],
  async run(call) {
    const id = idOf(call);
    const { api } = await connect(call);
    const playbook = await read(api.playbooks[":id"].$get({ param: { id } }));
    return tell(call, playbook, () => sayPlaybook(playbook, call.terminal.paint));
  },
};

export const enable: Command = {
  name: "enable",
  summary: "Let a playbook act",
  operands,
  examples: ["aios playbook enable cpu_high_kill_idle"],
  run: (call) => give(call, "enable"),
};

export const disable: Command = {
  name: "disable",
  summary: "Keep a playbook from acting",
  operands,
  examples: ["aios playbook disable cpu_high_kill_idle"],
  run: (call) => give(call, "disable"),
};

const idOf = ({ given }: Call) => segment(given.operand("ID"));

async function give(call: Call, command: "enable" | "disable"): Promise<number> {
  const param = { id: idOf(call), command };
  const { api } = await connect(call);
  const playbook = await read(api.playbooks[":id"][":command"].$post({ param }));
  return tell(call, playbook, () => sayPlaybook(playbook, call.terminal.paint));
}
