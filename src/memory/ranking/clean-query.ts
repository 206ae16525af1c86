const NOISE: readonly RegExp[] = [
  /^\s*Traceback \(most recent call last\):?/,
  /^\s*File "[^"]*", line \d+/,
  /^\s*[\^~]+\s*$/,
  /^\s+at \S/,
  /^\s*\.\.\. \d+ more$/,
  /^\s*(?:During handling of|The above exception was)/,
  /^goroutine \d+ \[/,
];

/** The query without the lines that every trace has; whole again when nothing else is left. */
export function cleanQuery(text: string): string {
  const kept = text.split("\n").filter((line) => !NOISE.some((noise) => noise.test(line)));
  const cleaned = kept.join("\n").trim();
  return cleaned === "" ? text.trim() : cleaned;
}
