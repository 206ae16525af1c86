import { type Command, type Entry, type Group, isGroup } from "./command.ts";
import { commonOptions, type Operand, type Option, type Options } from "./shape.ts";
import type { Paint } from "./terminal.ts";

/** `aios tasks show ID [--json]`: how a command is called. `path` is its name with its group's. */
export function usageOf(path: string, { operands = [], options = {} }: Command): string {
  const flags = Object.entries(options).map(([name, option]) => {
    const flag = option.required === true ? flagOf(name, option) : `[${flagOf(name, option)}]`;
    return `${flag}${option.multiple === true ? "…" : ""}`;
  });
  return ["aios", path, ...flags, ...operands.map(sayOperand)].join(" ");
}

function sayOperand({ name, optional, many, behindDashes }: Operand): string {
  const said = `${behindDashes === true ? "-- " : ""}${name}${many === true ? "…" : ""}`;
  return optional === true ? `[${said}]` : said;
}

function flagOf(name: string, { value, type }: Option): string {
  return type === "boolean" ? `--${name}` : `--${name} ${value ?? "TEXT"}`;
}

/** The help of one command. */
export function commandHelp(path: string, command: Command, paint: Paint): string {
  const { summary, operands = [], options = {}, notes = [], examples } = command;
  const every: Options = { ...options, ...commonOptions };
  const parts = [
    `${summary}.`,
    `${paint("bold", "Usage")}\n  ${usageOf(path, command)}`,
    rows(
      "Arguments",
      operands.map(({ name, says }) => [name, says]),
      paint,
    ),
    rows(
      "Options",
      Object.entries(every).map(([name, option]) => [
        `${option.short === undefined ? "" : `-${option.short}, `}${flagOf(name, option)}`,
        option.says,
      ]),
      paint,
    ),
    notes.length === 0 ? "" : notes.map((note) => `${note}`).join("\n"),
    `${paint("bold", examples.length === 1 ? "Example" : "Examples")}\n${examples.map((example) => `  ${example}`).join("\n")}`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

export function groupHelp(group: Group, paint: Paint): string {
  const usual =
    group.usual === undefined ? "" : `\n\n\`aios ${group.name}\` alone is \`aios ${group.name} ${group.usual}\`.`;
  const list = rows(
    "Commands",
    group.commands.map(({ name, summary }) => [`aios ${group.name} ${name}`, summary]),
    paint,
  );
  const [first] = group.commands;
  return `${group.summary}.\n\n${list}${usual}\n\n${paint("bold", "Example")}\n  ${first.examples[0]}\n`;
}

export function programHelp(entries: readonly Entry[], version: string, paint: Paint): string {
  const list = rows(
    "Commands",
    entries.map((entry) => [entry.name, entry.summary]),
    paint,
  );
  return `aios ${version}: looks after AI agents: runs their tasks, sees them fail, fixes under limits, verifies, learns.

${paint("bold", "Usage")}
  aios COMMAND [OPTIONS]

${list}

Every command takes --json and --help. Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused, 4 not reachable.
Groups such as tasks list their commands with \`aios ${entries.find(isGroup)?.name ?? "tasks"} --help\`.
`;
}

function rows(title: string, lines: readonly (readonly [string, string])[], paint: Paint): string {
  if (lines.length === 0) return "";
  const width = Math.max(...lines.map(([left]) => left.length));
  return `${paint("bold", title)}\n${lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n")}`;
}
