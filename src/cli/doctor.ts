import { AiosError, messageOf } from "../kernel/errors.ts";
import { type Call, type Command, tell } from "./command.ts";
import { type Finding, fail, ok } from "./doctor/check.ts";
import { dataChecks } from "./doctor/data.ts";
import { doorChecks } from "./doctor/doors.ts";
import { machineChecks } from "./doctor/machine.ts";
import { exit } from "./exit.ts";
import { readSettings, type Settings } from "./settings.ts";
import { type Colour, type Paint, plain } from "./terminal.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "Look whether everything is as the engine needs it, and say what to change",
  notes: ["Looks only: nothing is made or changed. Exits with 1 when something would keep the engine from its work."],
  examples: ["aios doctor", "aios doctor --data-dir /var/lib/aios --json"],
  run,
};

interface Looked extends Finding {
  readonly name: string;
}

async function run(call: Call): Promise<number> {
  const checks = await lookAtAll(call);
  const healthy = checks.every(({ state }) => state !== "fail");
  tell(call, { ok: healthy, checks }, () => checks.map((one) => say(one, call.terminal.paint)).join(""));
  return healthy ? exit.done : exit.failed;
}

/** What needs the configuration is left out where that cannot be read. */
async function lookAtAll(call: Call): Promise<readonly Looked[]> {
  const machine = machineChecks.map(({ name, look }) => looked(name, look));
  const read = await settingsOf(call);
  if ("state" in read) return [{ name: "configuration", ...read }, ...(await Promise.all(machine))];
  const { file } = read;
  const configuration = ok(file === undefined ? "there is no file, the defaults hold" : `${file} is valid`);
  const rest = [...dataChecks, ...doorChecks].map(({ name, look }) => looked(name, () => look(read)));
  return [{ name: "configuration", ...configuration }, ...(await Promise.all([...machine, ...rest]))];
}

async function settingsOf(call: Call): Promise<Settings | Finding> {
  try {
    return await readSettings(call);
  } catch (failure) {
    if (!(failure instanceof AiosError) || failure.code !== "config.invalid") throw failure;
    const faults = failure.faults.map(({ path, message }) => `${path}: ${message}`);
    return fail([failure.message, ...faults].join("; "), "Correct it; `aios config check` checks it alone.");
  }
}

/** A check that fails itself has found something, too. */
async function looked(name: string, look: () => Promise<Finding>): Promise<Looked> {
  try {
    return { name, ...(await look()) };
  } catch (failure) {
    return { name, ...fail(messageOf(failure), "Look at the path or program that is named.") };
  }
}

const colours: Readonly<Record<Finding["state"], Colour>> = { ok: "green", warn: "yellow", fail: "red" };
const WIDTH = 16;

function say({ name, state, says, advice }: Looked, paint: Paint): string {
  const head = `${paint(colours[state], state.padEnd(4))}  ${name.padEnd(WIDTH)}${plain(says)}\n`;
  return advice === undefined ? head : `${head}${" ".repeat(6 + WIDTH)}→ ${plain(advice)}\n`;
}
