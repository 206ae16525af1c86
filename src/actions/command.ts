import { z } from "zod";
import { nearest } from "../domain/playbook/nearest.ts";
import { compileRegex } from "../domain/playbook/regex.ts";

const argument = z.union([
  z.string().max(4096).describe("A text that is always given."),
  z.strictObject({
    name: z
      .string()
      .regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/)
      .describe("What a playbook calls it."),
    pattern: z.string().max(1000).optional().describe("RE2 pattern that the whole value must match."),
    values: z.array(z.string().max(4096)).min(1).optional().describe("The only values there are."),
    maxLength: z.number().int().min(1).max(131_072).default(1000).describe("Longest value, in characters."),
    flag: z.boolean().default(false).describe("A value may begin with `-`."),
    optional: z.boolean().default(false).describe("Left out where the playbook gives no value."),
  }),
]);

/** A program that playbooks may run by its name, as the operator declared it. */
export const declaredCommand = z.strictObject({
  path: z
    .string()
    .regex(/^\/[^\0]*$/, "an absolute path")
    .describe("The program. No shell is involved."),
  arguments: z
    .array(argument)
    .max(100)
    .default([])
    .describe("Its arguments in order: texts, and values that a playbook gives."),
  cwd: z
    .string()
    .regex(/^\/[^\0]*$/, "an absolute path")
    .default("/")
    .describe("Where it runs."),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not a name for a variable"), z.string())
    .default({})
    .describe("Its environment, beside PATH and LANG."),
  secrets: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not a name for a variable"), z.string())
    .default({})
    .describe(
      "Variables that it gets from the engine's environment: its name for each, and the engine's, which `reactor.secrets` must allow.",
    ),
  user: z.string().min(1).optional().describe("Unix user to run as; needs an engine that is root."),
  timeoutMs: z
    .number()
    .int()
    .min(1)
    .max(3_600_000)
    .default(60_000)
    .describe("After this it is ended, with all it started."),
  exitCodes: z.array(z.number().int().min(0).max(255)).min(1).default([0]).describe("Exit codes of success."),
  idempotent: z.boolean().default(false).describe("Whether running it again after a crash does no harm."),
});
export type DeclaredCommand = z.infer<typeof declaredCommand>;

export const commandName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, "lower-case letters, digits, `.`, `_` and `-`");

export type Arguments =
  | { readonly kind: "ok"; readonly argv: readonly [string, ...string[]] }
  | { readonly kind: "bad"; readonly why: string };

/** The argument vector of a command with a playbook's values in it, or why there is none. */
export function argvOf(
  { path, arguments: declared }: DeclaredCommand,
  given: Readonly<Record<string, string>>,
): Arguments {
  const names = declared.flatMap((one) => (typeof one === "string" ? [] : [one.name]));
  const stray = Object.keys(given).find((name) => !names.includes(name));
  if (stray !== undefined) {
    const near = nearest(stray, names);
    return bad(
      `it takes no "${stray}"${near === undefined ? `; it takes ${names.join(", ") || "nothing"}` : `; did you mean "${near}"?`}`,
    );
  }
  const argv: string[] = [];
  for (const one of declared) {
    if (typeof one === "string") {
      argv.push(one);
      continue;
    }
    const value = Object.hasOwn(given, one.name) ? given[one.name] : undefined;
    if (value === undefined) {
      if (one.optional) continue;
      return bad(`"${one.name}" is missing`);
    }
    const fault = faultOf(one, value);
    if (fault !== undefined) return bad(`"${one.name}" ${fault}`);
    argv.push(value);
  }
  return { kind: "ok", argv: [path, ...argv] };
}

type Named = Exclude<DeclaredCommand["arguments"][number], string>;

function faultOf({ pattern, values, maxLength, flag }: Named, value: string): string | undefined {
  if (value.includes("\0")) return "holds a zero byte, which no argument can";
  if (value.length > maxLength) return `has ${value.length} characters, and at most ${maxLength} are allowed`;
  if (value.startsWith("-") && !flag) return "begins with `-`, and the command does not say that it may";
  if (values !== undefined && !values.includes(value)) return `is none of ${values.join(", ")}`;
  if (pattern === undefined) return undefined;
  const regex = compileRegex(`(?s)^(?:${pattern})$`, false);
  if (regex.kind === "bad") return `cannot be judged: ${regex.why}`;
  return regex.test(value) ? undefined : `does not match ${pattern}`;
}

function bad(why: string): Arguments {
  return { kind: "bad", why };
}
