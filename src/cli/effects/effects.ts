import type { LedgerEntry } from "../answers.ts";
import { readList } from "../client.ts";
import type { Call, Command, Group } from "../command.ts";
import { alsoFromJournal, engineOrJournal, firstOf } from "../engine-or-journal.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { ledgerColumns } from "./table.ts";

const list: Command = {
  name: "list",
  summary: "List what was done outside, under which key, for the how manieth time, and how it ended, newest first",
  options: { limit: limitOption },
  notes: [
    "Attempts of tasks, steps of runs and their undoing, messages to people, and what supervisors did to residents.",
    alsoFromJournal,
  ],
  examples: ["aios effects", "aios effects list --json"],
  run,
};

export const effects: Group = {
  name: "effects",
  summary: "Look at the ledger of what the engine did outside",
  usual: "list",
  commands: [list],
};

const keyOf = ({ effect, key, attempt }: LedgerEntry) => `${effect} ${key} ${attempt}`;

async function run(call: Call): Promise<number> {
  const limit = limitOf(call);
  const page = await engineOrJournal<{ items: LedgerEntry[]; next: string | null }>(
    call,
    (api) => readList(limit, (query) => api.effects.$get({ query })),
    async (runtime) => {
      const { effectsDoor } = await import("../../runtime/doors/effects-door.ts");
      return firstOf(await effectsDoor(runtime)(), limit, keyOf);
    },
  );
  return tellList(call, page, ledgerColumns(Date.now()), "Nothing was done outside.");
}
