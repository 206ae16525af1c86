/**
 * Share of the lines whose group is exactly a true group (Zhu et al., Tools and benchmarks for automated log parsing,
 * ICSE-SEIP 2019).
 */
export function groupingAccuracy(truth: readonly string[], predicted: readonly string[]): number | null {
  if (truth.length === 0) return null;
  const groups = new Set(groupsOf(truth).map(nameOf));
  const right = groupsOf(predicted).filter((group) => groups.has(nameOf(group)));
  return right.reduce((sum, group) => sum + group.length, 0) / truth.length;
}

/** Lines that begin a lesson. */
const LESSON = 3;

/** F1 of the groups with at least three lines: each of them is a lesson. */
export function lessonF1(truth: readonly string[], predicted: readonly string[]): number | null {
  const lessons = (labels: readonly string[]) =>
    groupsOf(labels).flatMap((group) => (group.length >= LESSON ? [nameOf(group)] : []));
  const wanted = new Set(lessons(truth));
  const found = lessons(predicted);
  if (wanted.size + found.length === 0) return null;
  return (2 * found.filter((group) => wanted.has(group)).length) / (wanted.size + found.length);
}

/** Places of equal labels. */
function groupsOf(labels: readonly string[]): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  labels.forEach((label, place) => {
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [place]);
    else group.push(place);
  });
  return [...groups.values()];
}

function nameOf(group: readonly number[]): string {
  return group.join(",");
}
