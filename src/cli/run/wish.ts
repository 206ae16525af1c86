import { processEnvironment } from "../../agents/process/environment.ts";
import type { Call } from "../command.ts";
import { UsageError } from "../exit.ts";
import type { Options } from "../shape.ts";
import { priorities } from "../tasks/task-text.ts";

export const runOptions = {
  retries: { type: "string", value: "N", says: "further attempts after a failed one (tasks.retries)" },
  timeout: { type: "string", value: "30s", says: "time limit of one attempt (tasks.timeoutMs)" },
  priority: { type: "string", value: "P0..P3", says: "P0 is the most urgent (tasks.priority)" },
  name: { type: "string", value: "AGENT", says: "the agent's name (made from program and directory)" },
  env: { type: "string", value: "NAME[=VALUE]", multiple: true, says: "a variable for the program" },
  stdin: { type: "boolean", says: "read standard input to its end and give it to every attempt" },
  live: { type: "boolean", says: "pass standard output on as it comes, also into a pipe" },
  quiet: { type: "boolean", short: "q", says: "say nothing about attempts and remedies" },
} as const satisfies Options;

/** What one call of `aios run` wants. */
export interface RunWish {
  readonly program: { readonly command: readonly string[]; readonly cwd: string };
  readonly name: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly task: {
    readonly priority: (typeof priorities)[number] | undefined;
    readonly timeoutMs: number | undefined;
    readonly retries: number | undefined;
    /** Whoever wants no second attempt wants none after a crash of the engine either. */
    readonly onInterrupt: "retry" | "fail";
  };
}

export function runWishOf({ given, cwd, env }: Pick<Call, "given" | "cwd" | "env">): RunWish {
  const retries = given.count("retries");
  return {
    program: { command: given.operands("COMMAND"), cwd },
    name: given.text("name"),
    environment: processEnvironment(env, variablesOf(given.texts("env"), env), { otherUser: false }),
    task: {
      priority: given.oneOf("priority", priorities),
      timeoutMs: given.durationMs("timeout"),
      retries,
      onInterrupt: retries === 0 ? "fail" : "retry",
    },
  };
}

function variablesOf(wanted: readonly string[], env: Call["env"]): Record<string, string> {
  return Object.fromEntries(
    wanted.map((text) => {
      const [, name = "", , value = env[name]] = /^([A-Za-z_][A-Za-z0-9_]*)(=([\s\S]*))?$/.exec(text) ?? [];
      if (name === "") throw new UsageError(`--env takes NAME or NAME=VALUE, not "${text}"`);
      if (value === undefined)
        throw new UsageError(`--env ${name}: there is no such variable here; give it a value with ${name}=…`);
      return [name, value];
    }),
  );
}
