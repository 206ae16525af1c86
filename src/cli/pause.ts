import path from "node:path";
import { AiosError } from "../kernel/errors.ts";
import { nodeFiles } from "../platform/files.ts";
import type { Pause } from "./answers.ts";
import { type Api, connect, read } from "./client.ts";
import { type Call, type Command, tell } from "./command.ts";
import { exit } from "./exit.ts";
import { sayMoment } from "./say.ts";
import { readSettings } from "./settings.ts";
import { plain } from "./terminal.ts";

const FILE = "PAUSE";

export const pause: Command = {
  name: "pause",
  summary: "Keep the reactor from starting anything until it is resumed",
  options: { reason: { type: "string", value: "TEXT", says: "why, for the journal" } },
  notes: [
    "Tasks, time limits, retries and cooldowns go on; playbooks start nothing.",
    `When no engine answers, the file ${FILE} in the data directory is written: an engine there obeys it within seconds.`,
  ],
  examples: ["aios pause", 'aios pause --reason "the disk is being replaced"'],
  run: pauseReactor,
};

export const resume: Command = {
  name: "resume",
  summary: "Let the reactor act again",
  notes: [
    `When no engine answers, the file ${FILE} in the data directory is removed. A pause that an engine has recorded`,
    "lasts until an engine is told.",
  ],
  examples: ["aios resume"],
  run: resumeReactor,
};

async function pauseReactor(call: Call): Promise<number> {
  const reason = call.given.text("reason");
  const told = await askEngine(call, (api) => read(api.pause.$post({ json: { reason } })));
  if (told !== undefined) return tellPause(call, told);
  const { dataDir } = await readSettings(call);
  const file = path.join(dataDir, FILE);
  await nodeFiles.makeDirectory(dataDir);
  await nodeFiles.write(file, `${sayMoment(Date.now())} ${reason ?? "aios pause"}\n`);
  return tellFile(call, file, true, `${plain(file)} was written: an engine on this data directory starts nothing.`);
}

async function resumeReactor(call: Call): Promise<number> {
  const told = await askEngine(call, (api) => read(api.pause.$delete()));
  if (told !== undefined) return tellPause(call, told);
  const { dataDir } = await readSettings(call);
  const file = path.join(dataDir, FILE);
  const was = await nodeFiles.exists(file);
  await nodeFiles.remove(file);
  return tellFile(call, file, false, was ? `${plain(file)} was removed.` : `There is no ${plain(file)}.`);
}

/** What the engine says; `undefined` when none answers. A refusal is thrown. */
async function askEngine(call: Call, ask: (api: Api) => Promise<Pause>): Promise<Pause | undefined> {
  try {
    const { api } = await connect(call);
    return await ask(api);
  } catch (failure) {
    if (!(failure instanceof AiosError) || failure.code !== "engine.unreachable") throw failure;
    if (!call.json) call.terminal.err(`${plain(failure.message)}.\n`);
    return undefined;
  }
}

function tellPause(call: Call, view: Pause): number {
  return tell(call, view, () => {
    if (!view.paused) return `The reactor may act (mode ${view.mode}).`;
    return `The reactor is paused by ${plain(view.by ?? "somebody")}: ${plain(view.reason ?? "no reason was given")}.`;
  });
}

function tellFile(call: Call, file: string, paused: boolean, text: string): number {
  tell(call, { paused, file, engine: "unreachable" }, () => text);
  return exit.done;
}
