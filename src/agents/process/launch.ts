import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { ChildProcess } from "../../kernel/processes.ts";
import { type AgentContext, AttemptFailure } from "../kind.ts";
import type { ProcessConfig } from "./config.ts";
import { processEnvironment } from "./environment.ts";
import { keepTail, type Tail } from "./tail.ts";

export interface Launched {
  readonly child: ChildProcess;
  readonly stderr: Tail;
}

/**
 * Starts the configured program and reports it.
 *
 * @throws {AiosError} `process.spawn`
 */
export async function launch(
  config: ProcessConfig,
  context: AgentContext,
  options: { readonly env: Readonly<Record<string, string>>; readonly taskId?: string },
): Promise<Launched> {
  const otherUser = config.user !== undefined;
  const child = await context.ports.processes.start({
    argv: config.command,
    cwd: within(context.workspace, config.cwd),
    env: {
      ...processEnvironment(context.environment, config.env, { otherUser }),
      ...(config.model === undefined ? {} : { AIOS_MODEL: config.model }),
      ...options.env,
    },
    stdin: "pipe",
    ...(config.user === undefined ? {} : { user: config.user }),
  });
  context.report({
    kind: "process_started",
    identity: child.identity,
    ...(options.taskId === undefined ? {} : { taskId: options.taskId }),
  });
  return { child, stderr: keepTail(child.stderr) };
}

function within(workspace: string, directory: string | undefined): string {
  if (directory === undefined) return workspace;
  return /^(?:[\\/]|[A-Za-z]:)/.test(directory) ? directory : `${workspace}/${directory}`;
}

/** A program that cannot be started will not be startable at the next attempt either. */
export function spawnFailure(failure: unknown): AttemptFailure {
  const code = failure instanceof AiosError ? failure.code : "process.spawn";
  return new AttemptFailure("spawn", { message: messageOf(failure), code, retryable: false }, { cause: failure });
}
