import { z } from "zod";
import { AiosError } from "../kernel/errors.ts";
import { argvOf, commandName, type DeclaredCommand } from "./command.ts";
import { demand } from "./granted.ts";
import type { ActionContext, ActionKind } from "./kind.ts";
import { runProgram } from "./program-run.ts";

const params = z.strictObject({
  command: commandName.describe("A command of the configuration (`reactor.commands`)."),
  arguments: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe("A value for each argument that it names."),
});
type Running = z.infer<typeof params>;

/** Runs a program that the operator declared: an argument vector, no shell. */
export const runCommand: ActionKind<Running> = {
  name: "run_command",
  summary:
    "Run a command that the configuration declares, by argument vector and without a shell. It cannot be undone.",
  params,
  risk: "medium",
  idempotent: false,
  ownScope: [],
  grants: ({ command }) => [`exec:${command}`],
  outside: () => true,
  says: ({ command, arguments: given }) =>
    `run ${command}${Object.entries(given)
      .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
      .join("")}`,
  async prepare(given, context) {
    return { argv: [...resolved(given, context).argv] };
  },
  async run(given, context) {
    demand([`exec:${given.command}`], context);
    const { declared, argv } = resolved(given, context);
    const secrets = Object.entries(declared.secrets).map(([name, from]) => [name, context.secret(from)] as const);
    const { code, signal, output } = await runProgram(argv, declared, Object.fromEntries(secrets), context);
    const detail = `${given.command} ended with ${signal === null ? `code ${code}` : signal}`;
    if (code === null || !declared.exitCodes.includes(code))
      throw new AiosError("action.failed", output === "" ? detail : `${detail}: ${output}`);
    return { detail, evidence: { code, output } };
  },
};

function resolved({ command, arguments: given }: Running, { commands }: ActionContext) {
  const declared = commands.get(command);
  if (declared === undefined)
    throw new AiosError("action.refused", `the configuration declares no command "${command}" (reactor.commands)`);
  const values = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
  const vector = argvOf(declared, values);
  if (vector.kind === "bad") throw new AiosError("action.refused", `${command}: ${vector.why}`);
  return { declared, argv: vector.argv } satisfies { declared: DeclaredCommand; argv: readonly [string, ...string[]] };
}
