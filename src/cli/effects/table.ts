import type { LedgerEntry, Run } from "../answers.ts";
import { sayAge } from "../say.ts";
import { type Column, section, table } from "../table.ts";
import type { Paint } from "../terminal.ts";

type Effect = Run["effects"][number];

const columns = (nowMs: number): readonly Column<Effect>[] => [
  { title: "EFFECT", of: ({ effect }) => effect, most: 40 },
  { title: "KEY", of: ({ key }) => key },
  { title: "TRY", of: ({ attempt }) => attempt, right: true },
  { title: "OUTCOME", of: ({ outcome }) => outcome.replaceAll("_", " ") },
  { title: "BEGUN", of: ({ startedAtMs }) => (startedAtMs === undefined ? undefined : sayAge(startedAtMs, nowMs)) },
  { title: "DETAIL", of: ({ detail }) => detail, most: 60 },
];

/** The ledger of what was done outside; nothing where nothing was. */
export function sayEffects(effects: readonly Effect[], nowMs: number, paint: Paint): string {
  return effects.length === 0 ? "" : section("Effects", table(effects, columns(nowMs), paint), paint);
}

/** The same for effects of everybody: each with whose it is. */
export function ledgerColumns(nowMs: number): readonly Column<LedgerEntry>[] {
  return [{ title: "OF", of: ({ of: { kind, id } }) => `${kind} ${id}`, most: 40 }, ...columns(nowMs)];
}
