const NOISE: readonly RegExp[] = [
  /^\s*Traceback \(most recent call last\):?/,
  /^\s*File "[^"]*", line \d+/,
  /^\s*[\^~]+\s*$/,
  /^\s+at \S/,
  /^\s*\.\.\. \d+ more$/,
  /^\s*(?:During handling of|The above exception was)/,
  /^goroutine \d+ \[/,
];

const ERROR = /^\s*(?:Caused by: )?[\w.$]*(?:Error|Exception|Warning|Interrupt|Exit|Iteration)\b/;

/** The query without the lines that every trace has; whole again when nothing else is left. */
export function cleanQuery(text: string): string {
  const cleaned = withoutNoise(text).join("\n").trim();
  return cleaned === "" ? text.trim() : cleaned;
}

/** The lines of a trace that name an error and say what it is about; none of a text that is no trace. */
export function errorLines(text: string): string {
  const kept = withoutNoise(text);
  return kept.length === text.split("\n").length ? "" : kept.filter((line) => ERROR.test(line)).join("\n");
}

function withoutNoise(text: string): readonly string[] {
  return text.split("\n").filter((line) => !NOISE.some((noise) => noise.test(line)));
}
