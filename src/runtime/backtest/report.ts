import type { RuleSet } from "../../domain/playbook/rules.ts";
import type { Comparison } from "./backtest.ts";
import type { RecordedDecisions, Verdict } from "./record.ts";

export type Counts = Readonly<Record<Verdict["kind"], number>>;

/** How the playbook that was given stands to what the engine had loaded. */
export type Standing = "in_force" | "partly" | "changed" | "new" | "missing";

export interface PlaybookLine {
  readonly id: string;
  readonly standing: Standing;
  readonly recorded: Counts;
  readonly replayed: Counts;
}

export interface BacktestReport {
  readonly events: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Whether every decision in the range is made again as it was. */
  readonly same: boolean;
  readonly playbooks: readonly PlaybookLine[];
  readonly decisions: readonly Comparison[];
  /** What is not known of the past, and what is taken for it. */
  readonly assumptions: readonly string[];
}

/** Moments in epoch milliseconds; what happened at them belongs to it. */
export interface Range {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

export function reportOf(
  record: RecordedDecisions,
  rules: RuleSet,
  every: readonly Comparison[],
  { sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY }: Range,
): BacktestReport {
  const { events, firstSequence, lastSequence, firstAtMs, lastAtMs } = record.summary;
  const decisions = every.filter(({ event: { atMs } }) => atMs >= sinceMs && atMs <= untilMs);
  const playbooks = linesOf(record, rules, decisions);
  return {
    events,
    firstSequence,
    lastSequence,
    fromMs: Math.max(firstAtMs, sinceMs),
    untilMs: Math.min(lastAtMs, untilMs),
    same: decisions.every((one) => one.cutOff === true || !differs(one)),
    playbooks,
    decisions,
    assumptions: assumptionsOf(record, decisions, playbooks),
  };
}

/** Whether a decision is made otherwise than it was; what the end of the engine cut off is not compared. */
export function differs({ recorded, replayed, cutOff, otherwise }: Comparison): boolean {
  if (cutOff === true) return false;
  return otherwise === true || recorded?.kind !== replayed?.kind || recorded?.reason !== replayed?.reason;
}

function linesOf(record: RecordedDecisions, rules: RuleSet, decisions: readonly Comparison[]): readonly PlaybookLine[] {
  const given = rules.rules.map(({ playbook }) => playbook.id);
  const decided = decisions.map(({ playbookId }) => playbookId);
  return [...new Set([...given, ...record.loaded.keys(), ...decided])].sort().map((id) => {
    const own = decisions.filter((one) => one.playbookId === id && one.cutOff !== true);
    return {
      id,
      standing: standingOf(id, record, rules),
      recorded: counted(own.map(({ recorded }) => recorded)),
      replayed: counted(own.map(({ replayed }) => replayed)),
    };
  });
}

function standingOf(id: string, record: RecordedDecisions, rules: RuleSet): Standing {
  const rule = rules.find(id);
  const loaded = record.loaded.get(id);
  if (rule === undefined) return "missing";
  if (loaded === undefined) return "new";
  const fits = loaded.filter(({ hash, enabled }) => hash === rule.hash && enabled === rule.playbook.enabled).length;
  if (fits === record.loads) return "in_force";
  return fits === 0 ? "changed" : "partly";
}

function counted(verdicts: readonly (Verdict | undefined)[]): Counts {
  const count = (kind: Verdict["kind"]) => verdicts.filter((one) => one?.kind === kind).length;
  return { run: count("run"), suppressed: count("suppressed"), refused: count("refused") };
}

function assumptionsOf(
  record: RecordedDecisions,
  decisions: readonly Comparison[],
  playbooks: readonly PlaybookLine[],
): readonly string[] {
  const named = (standing: Standing) => playbooks.filter((one) => one.standing === standing).map(({ id }) => id);
  const unlived = decisions.filter(
    ({ recorded, replayed, otherwise }) => replayed?.kind === "run" && (recorded?.kind !== "run" || otherwise === true),
  );
  const { firstSequence, placeless } = record.summary;
  const told: (readonly [boolean, string])[] = [
    [true, "Limits, risk and approval time are those of the configuration now."],
    [
      firstSequence > 1,
      `The journal begins with event ${firstSequence}: what limits and conditions remembered of earlier ones is not known.`,
    ],
    [
      placeless > 0,
      `${placeless} decisions do not say where in the journal they were made: they are taken to be made just before they were told.`,
    ],
    [
      decisions.some(differs),
      "Everything but the reactor is taken as it happened: what another run would have spared or caused is not known.",
    ],
    [
      unlived.length > 0,
      "The outcome of a run that did not happen is not known: it holds its target until its validation would have been over, and then counts as unverified, so that its cooldown grows and no chain goes on after it.",
    ],
    [
      unlived.some(({ replayed }) => replayed?.asks === true),
      "A run that asks a person is taken to be approved at once.",
    ],
    [
      decisions.some(({ cutOff }) => cutOff === true),
      "Where the engine ended just then, nobody can tell what it would have decided: such decisions are shown and not compared.",
    ],
    [named("partly").length > 0, `Loaded only for a part of the time in this form: ${named("partly").join(", ")}.`],
    [named("missing").length > 0, `Loaded then and not given now: ${named("missing").join(", ")}.`],
  ];
  return told.flatMap(([holds, says]) => (holds ? [says] : []));
}
