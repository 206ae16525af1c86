import { type Command, type Entry, isGroup } from "../../src/cli/command.ts";
import { usageOf } from "../../src/cli/help.ts";
import { commonOptions, type Options } from "../../src/cli/shape.ts";

export interface NamedCommand {
  /** With its group: `tasks show`. */
  readonly path: string;
  readonly command: Command;
}

/** Every command with its whole name, in the order of the help. */
export function namedCommands(entries: readonly Entry[]): readonly NamedCommand[] {
  return entries.flatMap((entry) =>
    isGroup(entry)
      ? entry.commands.map((command) => ({ path: `${entry.name} ${command.name}`, command }))
      : [{ path: entry.name, command: entry }],
  );
}

/** docs/reference/cli.md, written from the commands themselves. */
export function cliReference(entries: readonly Entry[]): string {
  const sections = entries.map((entry) => {
    const usual =
      isGroup(entry) && entry.usual !== undefined
        ? `\n\n\`aios ${entry.name}\` alone is \`aios ${entry.name} ${entry.usual}\`.`
        : "";
    const commands = namedCommands([entry]).map(commandSection);
    return `## ${entry.name}\n\n${entry.summary}.${usual}\n\n${commands.join("\n\n")}`;
  });
  return `# Command line

\`aios COMMAND [OPTIONS]\`. This page is written from the commands themselves; \`aios COMMAND --help\` says the same.

Exit codes are the same for every command: 0 done, 1 failed, 2 bad usage, 3 refused (a token is missing or may not do that), 4 no engine answers. \`aios run\` hands back the exit code of what it ran.

An engine is found by the data directory, where a running one writes its address; else by host and port of the configuration. \`AIOS_TOKEN\` beats the token of the data directory. Colours are left out when the output is no terminal or \`NO_COLOR\` is set.

Every command takes:

${optionRows(commonOptions)}

${sections.join("\n\n")}
`;
}

function commandSection({ path, command }: NamedCommand): string {
  const { summary, operands = [], options = {}, notes = [], examples } = command;
  const rows = [
    ...operands.map(({ name, says }) => `- \`${name}\`: ${says}`),
    ...(Object.keys(options).length === 0 ? [] : [optionRows(options)]),
  ];
  return [
    `### aios ${path}`,
    `${summary}.`,
    `\`${usageOf(path, command)}\``,
    rows.join("\n"),
    notes.join(" "),
    `\`\`\`sh\n${examples.join("\n")}\n\`\`\``,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function optionRows(options: Options): string {
  return Object.entries(options)
    .map(([name, { type, value, short, multiple, says }]) => {
      const flag = type === "boolean" ? `--${name}` : `--${name} ${value ?? "TEXT"}`;
      const before = short === undefined ? "" : `-${short}, `;
      return `- \`${before}${flag}\`${multiple === true ? " (several times)" : ""}: ${says}`;
    })
    .join("\n");
}
