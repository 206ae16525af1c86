import { type AnyEvent, is } from "../../events/envelope.ts";

/** How often a playbook's verified outcome was a fix, and how often not. */
export interface Tally {
  readonly fixed: number;
  readonly failed: number;
}

/** Verified outcomes of every playbook, folded from the journal. Unverified, refused and rehearsed runs do not count. */
export interface SuccessRecord {
  readonly playbooks: ReadonlyMap<string, PlaybookRecord>;
}

export interface PlaybookRecord {
  readonly overall: Tally;
  readonly byFingerprint: ReadonlyMap<string, Tally>;
  readonly byTargetKind: ReadonlyMap<string, Tally>;
  /** The latest verified outcomes, oldest first; a relapse turns its run's entry round. */
  readonly latest: readonly { readonly runId: string; readonly fixed: boolean }[];
}

const LATEST = 100;
const none: Tally = { fixed: 0, failed: 0 };
const unknown: PlaybookRecord = { overall: none, byFingerprint: new Map(), byTargetKind: new Map(), latest: [] };

export const initialRecord: SuccessRecord = { playbooks: new Map() };

export function evolveRecord(record: SuccessRecord, event: AnyEvent): SuccessRecord {
  if (is(event, "playbook.settled")) {
    const { playbookId, runId, outcome, rehearsed } = event.data;
    if (rehearsed || (outcome !== "fixed" && outcome !== "not_fixed")) return record;
    const change = outcome === "fixed" ? { fixed: 1, failed: 0 } : { fixed: 0, failed: 1 };
    const before = recordOf(record, playbookId);
    const latest = [...before.latest, { runId, fixed: outcome === "fixed" }].slice(-LATEST);
    return put(record, playbookId, { ...counted(before, event.data, change), latest });
  }
  if (is(event, "playbook.relapsed")) {
    const { playbookId, runId } = event.data;
    const before = recordOf(record, playbookId);
    const latest = before.latest.map((entry) => (entry.runId === runId ? { runId, fixed: false } : entry));
    // The credit is taken back, and the run counts against the playbook.
    return put(record, playbookId, { ...counted(before, event.data, { fixed: -1, failed: 1 }), latest });
  }
  return record;
}

export function recordOf(record: SuccessRecord, playbookId: string): PlaybookRecord {
  return record.playbooks.get(playbookId) ?? unknown;
}

/** Outcomes on a failure, by whatever fingerprint it was known, where there are any, else on whatever it was tried. */
export function tallyOf(record: SuccessRecord, playbookId: string, fingerprints: readonly string[]): Tally {
  const own = recordOf(record, playbookId);
  const tallies = fingerprints.flatMap((fingerprint) => own.byFingerprint.get(fingerprint) ?? []);
  return tallies.length === 0 ? own.overall : tallies.reduce(add);
}

/** Whether the latest verified outcomes fall below the error budget: then every run asks. */
export function isBudgetSpent(
  record: SuccessRecord,
  playbookId: string,
  settings: { readonly budgetOutcomes: number; readonly budgetShare: number },
): boolean {
  const latest = recordOf(record, playbookId).latest.slice(-settings.budgetOutcomes);
  if (latest.length < settings.budgetOutcomes) return false;
  return latest.filter(({ fixed }) => fixed).length < latest.length * settings.budgetShare;
}

function counted(
  before: PlaybookRecord,
  run: { readonly fingerprint?: string | undefined; readonly target: { readonly kind: string } },
  change: Tally,
): Omit<PlaybookRecord, "latest"> {
  const { fingerprint, target } = run;
  return {
    overall: add(before.overall, change),
    byFingerprint: fingerprint === undefined ? before.byFingerprint : addTo(before.byFingerprint, fingerprint, change),
    byTargetKind: addTo(before.byTargetKind, target.kind, change),
  };
}

function addTo(tallies: ReadonlyMap<string, Tally>, key: string, change: Tally): ReadonlyMap<string, Tally> {
  return new Map(tallies).set(key, add(tallies.get(key) ?? none, change));
}

function add(tally: Tally, change: Tally): Tally {
  return { fixed: Math.max(0, tally.fixed + change.fixed), failed: tally.failed + change.failed };
}

function put(record: SuccessRecord, playbookId: string, own: PlaybookRecord): SuccessRecord {
  return { playbooks: new Map(record.playbooks).set(playbookId, own) };
}
