import { unknownName } from "../domain/playbook/nearest.ts";
import { type Command, type Entry, type Group, isGroup } from "./command.ts";
import { exit, exitCodeOf, UsageError } from "./exit.ts";
import { failureJson, sayFailure } from "./failure-text.ts";
import { Given, readGiven, requireOperands } from "./given.ts";
import { commandHelp, groupHelp, programHelp, usageOf } from "./help.ts";
import type { Terminal } from "./terminal.ts";

export interface World {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: () => Promise<string>;
  readonly version: string;
}

/** What the words of a command line lead to. */
type Found =
  | { readonly kind: "command"; readonly path: string; readonly command: Command; readonly rest: readonly string[] }
  | { readonly kind: "text"; readonly text: string };

/** Runs one command line and resolves with its exit code; never rejects. */
export async function runProgram(entries: readonly Entry[], argv: readonly string[], world: World): Promise<number> {
  const { terminal } = world;
  let found: Found | undefined;
  try {
    found = find(entries, argv, world);
    if (found.kind === "text") {
      terminal.out(found.text);
      return exit.done;
    }
    return await runCommand(found, world);
  } catch (failure) {
    terminal.err(wantsJson(found, argv) ? `${failureJson(failure)}\n` : sayFailure(failure, terminal.paint));
    if (failure instanceof UsageError && found?.kind === "command")
      terminal.err(`  ${usageOf(found.path, found.command)}\n`);
    return exitCodeOf(failure);
  }
}

async function runCommand({ path, command, rest }: Extract<Found, { kind: "command" }>, world: World): Promise<number> {
  const { terminal, env, cwd, stdin } = world;
  if (command.passesOn === true) {
    const given = new Given({}, new Map([["ARGUMENT", rest]]));
    return command.run({ given, terminal, json: false, env, cwd, stdin });
  }
  const given = readGiven(command, rest);
  if (given.flag("help")) {
    terminal.out(commandHelp(path, command, terminal.paint));
    return exit.done;
  }
  requireOperands(command, given);
  return command.run({ given, terminal, json: given.flag("json"), env, cwd, stdin });
}

function find(entries: readonly Entry[], [first, ...rest]: readonly string[], world: World): Found {
  const { version, terminal } = world;
  if (first === "--version" || first === "-v") return { kind: "text", text: `${version}\n` };
  if (first === undefined || isHelp(first)) {
    const named = entries.find(({ name }) => name === rest[0]);
    if (named === undefined) return { kind: "text", text: programHelp(entries, version, terminal.paint) };
    return find(entries, [...rest, "--help"], world);
  }
  const entry = entries.find(({ name }) => name === first);
  if (entry === undefined) {
    const names = entries.map(({ name }) => name);
    throw new UsageError(`${unknownName("command", first, names)}; \`aios --help\` lists them`);
  }
  return isGroup(entry) ? findIn(entry, rest, terminal) : { kind: "command", path: entry.name, command: entry, rest };
}

function findIn(group: Group, rest: readonly string[], terminal: Terminal): Found {
  const [second] = rest;
  const named = group.commands.find(({ name }) => name === second);
  if (named !== undefined)
    return { kind: "command", path: `${group.name} ${named.name}`, command: named, rest: rest.slice(1) };
  if (second !== undefined && isHelp(second)) return { kind: "text", text: groupHelp(group, terminal.paint) };
  if (second !== undefined && !second.startsWith("-")) {
    const names = group.commands.map(({ name }) => name);
    throw new UsageError(unknownName(`command of "${group.name}"`, second, names));
  }
  const usual = group.commands.find(({ name }) => name === group.usual);
  if (usual !== undefined) return { kind: "command", path: `${group.name} ${usual.name}`, command: usual, rest };
  const names = group.commands.map(({ name }) => name);
  throw new UsageError(`"${group.name}" needs one of its commands: ${names.join(", ")}`);
}

const isHelp = (word: string) => word === "help" || word === "--help" || word === "-h";

/** Also known when the arguments could not be read; what stands behind `--` is not ours. */
function wantsJson(found: Found | undefined, argv: readonly string[]): boolean {
  if (found?.kind === "command" && found.command.passesOn === true) return false;
  const end = argv.indexOf("--");
  return argv.slice(0, end < 0 ? undefined : end).includes("--json");
}
