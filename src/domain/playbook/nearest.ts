/** The known name closest to a mistaken one, when it is close enough to be meant. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || distance < best.distance) best = { name: candidate, distance };
  }
  if (best === undefined || best.distance > Math.max(2, Math.ceil(name.length / 3))) return undefined;
  return best.name;
}

/** `unknown action "kill_proces"; did you mean "kill_process"?`, or the list of what there is. */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  const close = nearest(name, known);
  const advice = close === undefined ? `known are ${known.join(", ")}` : `did you mean "${close}"?`;
  return `unknown ${what} "${name}"; ${advice}`;
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 40) return Number.POSITIVE_INFINITY;
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? Number.POSITIVE_INFINITY;
}
