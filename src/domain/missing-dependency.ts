/** What a task lacked, as its failure names it. */
export interface MissingDependency {
  readonly kind: "node" | "python" | "program";
  readonly name: string;
}

/**
 * How runtimes and shells say that something is not installed. A name is taken as far as it is a plain one: paths and
 * modules of the program itself (`./x`, `/x`) are not to be installed.
 */
const patterns: readonly (readonly [MissingDependency["kind"], RegExp])[] = [
  [
    "node",
    /Cannot find (?:module|package) '((?:@[a-z0-9][a-z0-9._-]{0,80}\/)?[a-z0-9][a-z0-9._-]{0,80})(?:\/[^']{0,200})?'/,
  ],
  ["python", /(?:ModuleNotFoundError|ImportError): No module named '?([A-Za-z_][A-Za-z0-9_]{0,80})/],
  ["program", /(?:^|[\s:])([A-Za-z0-9][A-Za-z0-9_+-]{0,80}): (?:command )?not found/m],
  ["program", /cannot start "([A-Za-z0-9][A-Za-z0-9_+.-]{0,80})" in .{0,500}: no such program in PATH/],
  ["program", /(?:spawn|exec) ([A-Za-z0-9][A-Za-z0-9_+.-]{0,80}) ENOENT/],
];

const LOOKED_AT = 8_000;

/** The module or program that a failure says is not installed; `undefined` when it says nothing of the kind. */
export function missingDependency(message: string, stderrTail = ""): MissingDependency | undefined {
  for (const text of [message.slice(0, LOOKED_AT), stderrTail.slice(-LOOKED_AT)])
    for (const [kind, pattern] of patterns) {
      const [, name] = pattern.exec(text) ?? [];
      if (name !== undefined) return { kind, name };
    }
  return undefined;
}
