import { exit } from "./exit.ts";
import type { Given } from "./given.ts";
import type { Shape } from "./shape.ts";
import type { Terminal } from "./terminal.ts";

/** One command: what it is called, what it takes, how it is used, and what it does. */
export interface Command extends Shape {
  readonly name: string;
  readonly summary: string;
  /** Complete command lines; at least one. */
  readonly examples: readonly [string, ...string[]];
  /** What else has to be known, as sentences. */
  readonly notes?: readonly string[];
  /** Hands every argument on as it is, `--help` too. */
  readonly passesOn?: boolean;
  /** Resolves with the exit code. A failure is thrown. */
  readonly run: (call: Call) => Promise<number>;
}

/** Commands about one thing: `aios tasks list`. */
export interface Group {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly [Command, ...Command[]];
  /** The command that is meant when none is named. */
  readonly usual?: string;
}

export type Entry = Command | Group;

/** One call of a command. */
export interface Call {
  readonly given: Given;
  readonly terminal: Terminal;
  /** Whether one JSON value is wanted instead of text for a person. */
  readonly json: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The caller's working directory, absolute. */
  readonly cwd: string;
  /** What is piped into the command, read to its end. */
  readonly stdin: () => Promise<string>;
}

export function isGroup(entry: Entry): entry is Group {
  return "commands" in entry;
}

/** Prints the value as one line of JSON, or as text for a person; answers with the exit code of what is done. */
export function tell(call: Pick<Call, "json" | "terminal">, value: unknown, forPeople: () => string): number {
  const text = call.json ? JSON.stringify(value) : forPeople();
  call.terminal.out(text.endsWith("\n") || text === "" ? text : `${text}\n`);
  return exit.done;
}
