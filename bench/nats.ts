import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { connectNats } from "./nats-client.ts";

/** A stream on disk behind one connection; `append` resolves when it is acknowledged. */
export interface JetStream extends AsyncDisposable {
  readonly version: string;
  append(event: unknown): Promise<void>;
}

const STREAM = "BENCH";
const SUBJECT = "bench.events";

/** The server's own version, where there is one on PATH. */
export async function natsVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("nats-server", ["--version"]);
    return /v(\d\S*)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

/** A `nats-server` of its own below `directory`, on a free port of this machine, with a stream kept in files. */
export async function openJetStream(directory: string, version: string): Promise<JetStream> {
  const store = path.join(directory, "nats");
  await mkdir(store);
  const args = ["--jetstream", "--store_dir", store, "--addr", "127.0.0.1", "--port", "-1", "--ports_file_dir", store];
  const server = spawn("nats-server", args, { stdio: "ignore" });
  const ended = once(server, "exit");
  const stop = async () => {
    server.kill("SIGTERM");
    await ended;
  };
  try {
    const client = await connectNats(await Promise.race([portIn(store), ended.then(neverCame)]));
    acknowledged(await client.ask(`$JS.API.STREAM.CREATE.${STREAM}`, JSON.stringify(stream)));
    return {
      version,
      append: async (event) => acknowledged(await client.ask(SUBJECT, JSON.stringify(event))),
      async [Symbol.asyncDispose]() {
        await client[Symbol.asyncDispose]();
        await stop();
      },
    };
  } catch (failure) {
    await stop();
    throw failure;
  }
}

const stream = {
  name: STREAM,
  subjects: [SUBJECT],
  storage: "file",
  retention: "limits",
  discard: "old",
  num_replicas: 1,
  max_consumers: -1,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
};

/** The server writes down where it listens once it does. */
async function portIn(folder: string): Promise<number> {
  for (;;) {
    const file = (await readdir(folder)).find((name) => name.endsWith(".ports"));
    const text = file === undefined ? "" : await readFile(path.join(folder, file), "utf8");
    const port = /nats:\/\/[^"]*:(\d+)/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
    await sleep(20);
  }
}

function neverCame(): never {
  throw new Error("nats-server ended before it listened");
}

function acknowledged(answer: string): void {
  if (answer.includes('"error"')) throw new Error(`JetStream refused: ${answer}`);
}
