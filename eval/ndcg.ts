/** Grades of the documents that answer a question; all others have 0. */
export type Grades = ReadonlyMap<string, number>;

/** Normalised discounted cumulative gain of the first `depth` answers, with the grade itself as the gain. */
export function ndcg(answers: readonly string[], grades: Grades, depth = 10): number {
  const ideal = [...grades.values()].sort((a, b) => b - a).slice(0, depth);
  const best = gain(ideal);
  return best === 0 ? 0 : gain(answers.slice(0, depth).map((id) => grades.get(id) ?? 0)) / best;
}

function gain(grades: readonly number[]): number {
  return grades.reduce((sum, grade, index) => sum + grade / Math.log2(index + 2), 0);
}
