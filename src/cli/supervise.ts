import { type ChildProcess, spawn } from "node:child_process";
import { keepOne } from "../actors/keep.ts";
import type { Log } from "../kernel/log.ts";
import { systemClock } from "../platform/clock.ts";
import { systemEntropy } from "../platform/entropy.ts";
import { exit } from "./exit.ts";
import { endings, signalExitCode } from "./signals.ts";

/** As the unit for systemd has it: more restarts than this in five minutes do not help. */
const INTENSITY = { restarts: 5, withinMs: 300_000 };
const BACKOFF = { firstMs: 1_000, factor: 2, maxMs: 60_000 };

/**
 * Runs a command line of this program as a child, and again whenever it ends badly: with growing pauses, and not for
 * ever. Signals go to the child, which ends in order; its exit code is the answer.
 *
 * @param words the command line of the child, without the program
 */
export function supervise(words: readonly string[], log: Log): Promise<number> {
  return new Promise((resolve) => {
    let child: ChildProcess | undefined;
    let asked = false;
    let code: number = exit.failed;
    const over = (answer: number) => {
      for (const signal of endings) process.off(signal, forward);
      keeper[Symbol.dispose]();
      resolve(answer);
    };
    const forward = (signal: NodeJS.Signals) => {
      asked = true;
      if (child === undefined) over(signalExitCode(signal));
      else child.kill(signal);
    };
    const keeper = keepOne("engine", {
      clock: systemClock,
      random: () => systemEntropy.random(),
      intensity: INTENSITY,
      backoff: BACKOFF,
      restart: begin,
      waits: ({ attempt, delayMs, reason }) =>
        log.warn("the engine ended and is started again", { reason, restart: attempt, inMs: Math.round(delayMs) }),
      givesUp({ restarts, withinMs, reason }) {
        log.error("restarting the engine does not help; this supervisor ends", { reason, restarts, withinMs });
        over(code);
      },
    });
    for (const signal of endings) process.on(signal, forward);
    begin(0);

    function begin(attempt: number): void {
      const [, program = ""] = process.argv;
      // In a group of its own: what a terminal sends to everybody reaches the engine once, through us.
      const started = spawn(process.execPath, [...process.execArgv, program, ...words], {
        stdio: ["inherit", "inherit", "inherit", "ipc"],
        detached: true,
      });
      child = started;
      log.info("the engine's process was started", { pid: started.pid, restart: attempt });
      started.once("error", (failure) => ended(`it could not be started: ${failure.message}`, exit.failed));
      started.once("exit", (exitCode, signal) => {
        const said = signal === null ? `exit code ${exitCode ?? exit.failed}` : `signal ${signal}`;
        ended(said, signal === null ? (exitCode ?? exit.failed) : signalExitCode(signal));
      });
    }

    function ended(reason: string, exitCode: number): void {
      if (child === undefined) return;
      child = undefined;
      code = exitCode;
      // A command line that is wrong stays wrong, and whoever asked for the end has it.
      if (asked || exitCode === exit.done || exitCode === exit.usage) over(exitCode);
      else keeper.failed(reason);
    }
  });
}
