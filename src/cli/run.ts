import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { AiosError, messageOf } from "../kernel/errors.ts";
import { Scope } from "../kernel/scope.ts";
import { connect, read, segment } from "./client.ts";
import type { Call, Command } from "./command.ts";
import { failureJson, sayFailure } from "./failure-text.ts";
import { attend } from "./run/attend.ts";
import { exitCodeOfRun, OWN_FAILURE } from "./run/exit-code.ts";
import { lastNote } from "./run/notes.ts";
import { type Collected, collectedOutput, heldOutput, liveOutput, type Output, type Streams } from "./run/output.ts";
import { openRelayDesk, type RelayDesk } from "./run/relay-desk.ts";
import type { Story } from "./run/story.ts";
import { type RunWish, runOptions, runWishOf } from "./run/wish.ts";
import { signalExitCode, watchSignals } from "./signals.ts";

export const run: Command = {
  name: "run",
  summary: "Run any program as a task under care: retried, timed, healed, its output and exit code handed back",
  operands: [
    { name: "COMMAND", says: "the program and its arguments, without a shell", many: true, behindDashes: true },
  ],
  options: runOptions,
  notes: [
    "The engine of the data directory runs it; where none answers, one of this command's own does until it is over.",
    "The program runs in this directory with PATH, HOME, LANG, LC_*, TZ and TMPDIR, and what --env adds.",
    "Standard error is passed on as it comes. So is standard output on a terminal or with --live; otherwise the last",
    "attempt's is handed back when it is over, so that a pipe never gets half of an attempt. Standard input is empty",
    "unless --stdin is given. The engine keeps the end of what was printed (1 MiB) as the task's output.",
    "Exit code: the program's own; 128 + n when signal n ended it, also when that was the time limit (143, or 137 when",
    "it had to be killed); 130 after Ctrl-C, which ends its whole process tree; 2 for a command line that cannot be",
    "read; 125 for anything else that kept the program from running, such as a program that does not exist.",
  ],
  examples: [
    "aios run -- python3 my_agent.py",
    "aios run --retries 1 --timeout 90s --name nightly -- ./report.sh --all > report.txt",
    "cat notes.txt | aios run --stdin --env OPENAI_API_KEY -- python3 summarize.py",
  ],
  run: runUnderCare,
};

async function runUnderCare(call: Call): Promise<number> {
  const wish = runWishOf(call);
  try {
    return await withDesk(call, wish);
  } catch (failure) {
    call.terminal.err(call.json ? `${failureJson(failure)}\n` : sayFailure(failure, call.terminal.paint));
    return OWN_FAILURE;
  }
}

/** Opens what the attempts need, has them attended, and closes it again. */
async function withDesk(call: Call, wish: RunWish): Promise<number> {
  await using scope = new Scope();
  using signals = watchSignals();
  const asked = new AbortController();
  void signals.first.then((signal) => asked.abort(signal));
  const directory = await mkdtemp(path.join(tempDirectory(), "aios-run-"));
  scope.use(directory, (made) => rm(made, { recursive: true, force: true }));
  const output = outputFor(call, directory);
  let refusal: unknown;
  const desk = await openRelayDesk({
    directory,
    environment: wish.environment,
    input: call.given.flag("stdin") ? await readInput() : undefined,
    output,
    refused(failure) {
      refusal ??= failure;
      // Whoever closed the pipe wants no more: the program ends, as it would have by the same signal.
      asked.abort(READER_GONE);
    },
  });
  scope.use(desk, async (open) => open[Symbol.asyncDispose]());
  const note =
    call.json || call.given.flag("quiet") ? () => {} : (text: string) => call.terminal.err(`aios: ${text}\n`);
  const { story, own } = await attend({ call, wish, caller: desk.address, asked: asked.signal, note });
  try {
    const code = asked.signal.aborted ? signalExitCode(String(asked.signal.reason)) : exitCodeOfRun(story ?? nothing);
    if (story === undefined) return code;
    await handBack(call, story, code, desk, output, note).catch((failure: unknown) => {
      refusal ??= failure;
    });
    if (refusal !== undefined) return codeOfRefusal(refusal);
    if (!asked.signal.aborted) await own?.lastGuestGone(story.taskId);
    return code;
  } finally {
    await own?.stop("the program is over");
  }
}

/** A reader that went away is nothing to talk about; a disk that is full is. */
function codeOfRefusal(failure: unknown): number {
  if (failure instanceof Error && "code" in failure && failure.code === "EPIPE") return signalExitCode(READER_GONE);
  if (failure instanceof AiosError) throw failure;
  const message = `What the program printed cannot be handed back: ${messageOf(failure)}`;
  throw new AiosError("data.unwritable", message, { cause: failure });
}

/** Ends a program that writes to nobody, silently as ever. */
const READER_GONE = "SIGPIPE";
const nothing = { end: undefined, endedBy: undefined };
/** An attempt that was ended closes its pipes at once; only what could not be ended keeps them open. */
const HANG_UP_MS = 2_000;

async function handBack(
  call: Call,
  story: Story,
  code: number,
  desk: RelayDesk,
  output: RunOutput,
  note: (text: string) => void,
): Promise<void> {
  const wasEnded = story.endedBy !== undefined || story.end?.state === "cancelled";
  await (wasEnded ? Promise.race([desk.quiet(), pause(HANG_UP_MS, undefined, { ref: false })]) : desk.quiet());
  if (desk.wasCalled()) await output.handBack();
  else await handBackFromTask(call, story, output);
  const last = lastNote(story);
  if (last !== undefined && story.end?.message !== READER_GONE) note(last);
  if (output.collected === undefined) return;
  const { taskId, attempts, end } = story;
  const { stdout, stderr } = output.collected();
  const facts = {
    task: taskId,
    state: end?.state,
    exitCode: code,
    attempts,
    reason: end?.reason,
    message: end?.message,
  };
  call.terminal.out(`${JSON.stringify({ ...facts, stdout, stderr })}\n`);
}

/** The relay could not reach us, as under another user: the end of what was printed stands in the task. */
async function handBackFromTask(call: Call, { taskId }: Story, output: Output): Promise<void> {
  const { api } = await connect(call);
  const param = { id: segment(taskId) };
  const [{ output: printed }, { error }] = await Promise.all([
    read(api.tasks[":id"].output.$get({ param })),
    read(api.tasks[":id"].$get({ param })),
  ]);
  const attempt = output.attempt();
  if (typeof printed === "string") await attempt.stdout(Buffer.from(printed));
  if (error?.stderrTail !== undefined) await attempt.stderr(Buffer.from(`${error.stderrTail}\n`));
  await output.handBack();
}

type RunOutput = Output & { readonly collected?: () => Collected };

function outputFor({ given, json, terminal }: Call, directory: string): RunOutput {
  if (json) return collectedOutput();
  const streams: Streams = { stdout: process.stdout, stderr: process.stderr };
  // A reader that closes the pipe ends other commands at once; this one has a program to end first.
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners("error").on("error", () => {});
  return given.flag("live") || terminal.isInteractive ? liveOutput(streams) : heldOutput(streams, directory);
}

/** Sockets have short names: a temporary directory with a long one does not do. */
function tempDirectory(): string {
  const usual = tmpdir();
  return Buffer.byteLength(usual) > 70 ? "/tmp" : usual;
}

async function readInput(): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}
