import { shareOf } from "../../domain/paired.ts";
import { recordOf, type SuccessRecord, type Tally } from "../../domain/playbook/record.ts";
import type { Proven } from "../../http/shapes/remedy.ts";

/** Failures that are shown of one playbook: those with the most outcomes. */
const MOST = 20;

/** How often a playbook verifiably helped: in all, on each kind of target, on each failure. */
export function provenBy(record: SuccessRecord, playbookId: string): Proven[] {
  const { overall, byTargetKind, byFingerprint } = recordOf(record, playbookId);
  const failures = [...byFingerprint].sort(([, a], [, b]) => outcomes(b) - outcomes(a)).slice(0, MOST);
  return [
    { on: "everything", ...proven(overall) },
    ...[...byTargetKind].map(([of, tally]) => ({ on: "target" as const, of, ...proven(tally) })),
    ...failures.map(([of, tally]) => ({ on: "failure" as const, of, ...proven(tally) })),
  ];
}

function outcomes({ fixed, failed }: Tally): number {
  return fixed + failed;
}

function proven(tally: Tally): Pick<Proven, "fixed" | "notFixed" | "share"> {
  return { fixed: tally.fixed, notFixed: tally.failed, share: shareOf(tally.fixed, outcomes(tally)) };
}
