import { decideLevel, isTrusted, type LessonStanding, lessonConfidence } from "./lesson.ts";

export interface LessonRecord {
  readonly id: string;
  readonly standing: LessonStanding;
  /** The playbook that was seen to fix it. */
  readonly remedy: string | undefined;
}

/**
 * What two lessons become that turned out to be about one failure. The one with the better proven remedy goes on, under
 * its own id; where both have the same remedy their outcomes add up. Nothing is promoted by that: a level is only climbed
 * on a verified fix, and it is lost here where the outcomes together no longer bear it.
 */
export function unitedLessons(
  one: LessonRecord,
  other: LessonRecord,
): { readonly kept: LessonRecord; readonly taken: string } {
  const [kept, taken] = isBetter(other, one) ? [other, one] : [one, other];
  if (kept.remedy !== taken.remedy) return { kept, taken: taken.id };
  return { kept: { ...kept, standing: added(kept.standing, taken.standing) }, taken: taken.id };
}

function isBetter(one: LessonRecord, other: LessonRecord): boolean {
  const trusted = Number(isTrusted(one.standing)) - Number(isTrusted(other.standing));
  if (trusted !== 0) return trusted > 0;
  const remedied = Number(one.remedy !== undefined) - Number(other.remedy !== undefined);
  if (remedied !== 0) return remedied > 0;
  return lessonConfidence(one.standing) > lessonConfidence(other.standing);
}

/** Which outcomes came first is not known any more: those of the lesson that goes on count as the latest. */
function added(kept: LessonStanding, taken: LessonStanding): LessonStanding {
  const targets = { ...taken.targets };
  for (const [target, fixes] of Object.entries(kept.targets)) {
    const before = Object.hasOwn(targets, target) ? (targets[target] ?? 0) : 0;
    targets[target] = before + fixes;
  }
  return decideLevel({
    level: kept.level,
    fixes: kept.fixes + taken.fixes,
    failures: kept.failures + taken.failures,
    recent: [...taken.recent, ...kept.recent].slice(-5),
    targets,
  });
}
