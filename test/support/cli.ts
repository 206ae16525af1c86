import { onTestFinished } from "vitest";
import type { Entry } from "../../src/cli/command.ts";
import { runProgram } from "../../src/cli/program.ts";
import { entries as everyCommand } from "../../src/cli/registry.ts";
import { writeRunningFile } from "../../src/cli/running-file.ts";
import { unpainted } from "../../src/cli/terminal.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { listen } from "../../src/platform/http-server.ts";
import { type EngineOptions, TestEngine } from "./engine.ts";
import { type TestDoors, testDoors } from "./http-deps.ts";
import { tempDir } from "./temp-dir.ts";

export interface ListeningDoors extends TestDoors {
  readonly url: string;
  /** Stops listening and ends what is open. */
  readonly close: () => Promise<void>;
}

/** The doors on a port of their own; their directory says where, as an engine's data directory does. */
export async function listeningDoors(): Promise<ListeningDoors> {
  const doors = await testDoors();
  const server = await listen({
    doors,
    host: "127.0.0.1",
    port: 0,
    log: silentLog,
    allowedHosts: [],
    hasToken: false,
  });
  onTestFinished(() => server.close({ graceMs: 100 }));
  await writeRunningFile(doors.directory, { url: server.url, pid: process.pid, version: "0.0.0-test" });
  return { ...doors, url: server.url, close: () => server.close({ graceMs: 100 }) };
}

/** An engine that listens, found by its data directory as a started one is, and the environment to find it with. */
export async function listeningEngine(options: Omit<EngineOptions, "http"> = {}) {
  const engine = await TestEngine.open({ ...options, http: true });
  const { url = "" } = engine.engine;
  await writeRunningFile(engine.dataDir, { url, pid: process.pid, version: "0.0.0-test" });
  const env = { AIOS_DATA_DIR: engine.dataDir };
  const ask = (argv: readonly string[], world: Omit<CommandWorld, "env"> = {}) => aios(argv, { ...world, env });
  return { engine, env, url, ask };
}

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What was printed as JSON. */
  readonly json: () => unknown;
}

export interface CommandWorld {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly entries?: readonly Entry[];
  /** Told every piece that is printed. */
  readonly heard?: (text: string) => void;
}

/** Runs one command line in this process, as a program whose output is no terminal. */
export async function aios(argv: readonly string[], world: CommandWorld = {}): Promise<Printed> {
  const printed = { out: "", err: "" };
  const write = (stream: "out" | "err") => (text: string) => {
    printed[stream] += text;
    world.heard?.(text);
  };
  const code = await runProgram(world.entries ?? everyCommand, argv, {
    terminal: { out: write("out"), err: write("err"), isInteractive: false, paint: unpainted },
    env: world.env ?? {},
    cwd: world.cwd ?? (await tempDir()),
    stdin: () => Promise.resolve(world.stdin ?? ""),
    version: "0.0.0-test",
  });
  return { code, ...printed, json: () => JSON.parse(printed.out) as unknown };
}
