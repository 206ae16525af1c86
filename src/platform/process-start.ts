import { type ChildProcessByStdio, spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { AiosError, messageOf } from "../kernel/errors.ts";
import type { ChildProcess, ProcessExit, ProcessIdentity, StartCommand } from "../kernel/processes.ts";
import { errnoOf } from "./errno.ts";
import { OWNER_TOKEN_VARIABLE } from "./proc-table.ts";
import { userIdsOf } from "./user-ids.ts";

type Spawned = ChildProcessByStdio<Writable | null, Readable, Readable>;

/**
 * Starts a program in a process group of its own, with the owner token in its environment.
 *
 * @param identify reads the identity of the new pid; called before the child can have been waited for
 * @throws {AiosError} `process.spawn`, naming program, directory and what to change
 */
export async function startProcess(
  command: StartCommand,
  ownerToken: string,
  identify: (pid: number, ownerToken: string) => ProcessIdentity,
): Promise<ChildProcess> {
  const user = command.user === undefined ? undefined : await userIdsOf(command.user);
  const [program, ...args] = command.argv;
  let child: Spawned;
  try {
    child = spawn(program, args, {
      cwd: command.cwd,
      env: { ...command.env, [OWNER_TOKEN_VARIABLE]: ownerToken },
      detached: true,
      windowsHide: true,
      stdio: [command.stdin, "pipe", "pipe"],
      ...user,
    }) as Spawned;
  } catch (failure) {
    // Node refuses what no kernel takes (a NUL in an argument) without starting anything.
    throw await spawnFailure(command, failure);
  }
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  // In the same turn as spawn: a child that has ended by now is still a zombie and can be identified.
  const identity = child.pid === undefined ? undefined : identify(child.pid, ownerToken);
  await started(child, command);
  if (identity === undefined) throw await spawnFailure(command, new Error("it got no process id"));
  return handleOf(child, identity, exited);
}

function started(child: Spawned, command: StartCommand): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.on("error", (failure) => {
      spawnFailure(command, failure).then(reject, reject);
    });
  });
}

async function spawnFailure(command: StartCommand, failure: unknown): Promise<AiosError> {
  const [program] = command.argv;
  const why = await whySpawnFailed(command, failure);
  return new AiosError("process.spawn", `cannot start "${program}" in ${command.cwd}: ${why}`, { cause: failure });
}

/** The kernel says ENOENT both for a missing program and for a missing directory; a person needs to know which. */
export async function whySpawnFailed(
  command: Pick<StartCommand, "argv" | "cwd" | "env">,
  failure: unknown,
): Promise<string> {
  const directory = await stat(command.cwd).catch(() => undefined);
  if (directory === undefined) return "the working directory does not exist; create it or change `cwd`";
  if (!directory.isDirectory()) return "the working directory is a file; change `cwd`";
  const [program] = command.argv;
  const errno = errnoOf(failure);
  if (errno === "ENOENT") {
    return program.includes("/")
      ? "there is no such file (or the interpreter named in its first line is missing); correct the path"
      : `no such program in PATH (${command.env["PATH"] ?? "not set"}); install it or give its full path`;
  }
  if (errno === "EACCES") return "it may not be executed; make it executable (chmod +x) or start its interpreter";
  return `${messageOf(failure)}; correct the command`;
}

function handleOf(child: Spawned, identity: ProcessIdentity, exited: Promise<ProcessExit>): ChildProcess {
  const { stdin } = child;
  // A reader that goes away shows in the write that fails; without a listener it would end the engine.
  stdin?.on("error", () => {});
  return {
    identity,
    stdout: child.stdout,
    stderr: child.stderr,
    exited,
    closeInput: () => void stdin?.end(),
    write: (text) =>
      new Promise((resolve, reject) => {
        const refuse = (cause?: unknown): void =>
          reject(new AiosError("process.identity", `process ${identity.pid} does not read its input`, { cause }));
        if (stdin === null || !stdin.writable) return refuse();
        stdin.write(text, (failure) => (failure === null || failure === undefined ? resolve() : refuse(failure)));
      }),
  };
}
