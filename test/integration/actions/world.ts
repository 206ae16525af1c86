import { createServer, type IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";
import type { DeclaredCommand } from "../../../src/actions/command.ts";
import type { ActionContext } from "../../../src/actions/kind.ts";
import { AiosError } from "../../../src/kernel/errors.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { ProcessIdentity, StartCommand } from "../../../src/kernel/processes.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { systemEntropy } from "../../../src/platform/entropy.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { createProcesses } from "../../../src/platform/processes.ts";
import { nodeWeb } from "../../../src/platform/web.ts";
import { MemoryEngine } from "../../support/engine-doors.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** Real files, real processes and real HTTP, below an engine kept in memory. */
export interface World {
  readonly directory: string;
  /** What the configuration declares. */
  readonly commands: Map<string, DeclaredCommand>;
  readonly engine: MemoryEngine;
  readonly server: Server;
  readonly sleeper: StartCommand;
  start(): Promise<ProcessIdentity>;
  readonly lives: (identity: ProcessIdentity) => Promise<boolean>;
  context(grants: readonly string[], signal?: AbortSignal): ActionContext;
}

export async function openWorld(): Promise<World> {
  const directory = await tempDir();
  const processes = createProcesses({ clock: systemClock, entropy: systemEntropy });
  const started: ProcessIdentity[] = [];
  const remembering: typeof processes = {
    ...processes,
    start: async (command) => {
      const child = await processes.start(command);
      started.push(child.identity);
      return child;
    },
  };
  const engine = new MemoryEngine(remembering);
  onTestFinished(async () => {
    await Promise.all(started.map((identity) => processes.end(identity, { graceMs: 0 })));
  });
  const commands = new Map<string, DeclaredCommand>();
  const sleeper: StartCommand = {
    argv: [process.execPath, "-e", "setInterval(() => {}, 1000)"],
    cwd: directory,
    env: {},
    stdin: "ignore",
  };
  return {
    directory,
    commands,
    engine,
    server: await openServer(),
    sleeper,
    start: async () => (await remembering.start(sleeper)).identity,
    lives: async (identity) => (await processes.find(identity)) !== undefined,
    context: (grants, signal = new AbortController().signal) => ({
      key: "run-1/step/0",
      runId: "run-1",
      signal,
      processes: remembering,
      web: nodeWeb,
      files: nodeFiles,
      clock: systemClock,
      log: silentLog,
      engine,
      grants,
      commands: commands,
      secret: (name) => {
        if (name === "API_TOKEN") return "s3cret-value";
        throw new AiosError("action.refused", `the secret ${name} is not to be had`);
      },
    }),
  };
}

interface Server {
  readonly host: string;
  readonly requests: { readonly line: string; readonly key: string | undefined; readonly body: string }[];
  status: number;
}

async function openServer(): Promise<Server> {
  const requests: Server["requests"] = [];
  const server: Server = { host: "", requests, status: 200 };
  const listener = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const key = request.headers["idempotency-key"];
      requests.push({ line: `${request.method} ${request.url}`, key: typeof key === "string" ? key : undefined, body });
      response.writeHead(server.status).end("hello");
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => listener.close(() => resolve())));
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return Object.assign(server, { host: `127.0.0.1:${address.port}` });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  request.setEncoding("utf8");
  let body = "";
  for await (const part of request) body += String(part);
  return body;
}
