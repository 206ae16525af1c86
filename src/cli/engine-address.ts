import path from "node:path";
import { nodeFiles } from "../platform/files.ts";
import type { Call } from "./command.ts";
import { readRunningFile } from "./running-file.ts";
import { readSettings, type Settings } from "./settings.ts";

/** Where the engine is, and what opens its doors. */
export interface EngineAddress {
  /** Without a slash at its end; `undefined` when no engine runs on the data directory and its port could be any. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** Where the token is from, or where one was looked for, in words. */
  readonly tokenFrom: string;
  /** Absolute. */
  readonly dataDir: string;
}

/**
 * Finds the engine: by what a running one wrote into its data directory, else by host and port of the configuration.
 * `AIOS_TOKEN` and `http.token` beat the data directory's `operator.token`.
 */
export async function findEngine(call: Pick<Call, "given" | "env" | "cwd">): Promise<EngineAddress> {
  const { config, origins, dataDir } = await readSettings(call);
  const running = await readRunningFile(dataDir);
  const url = running !== undefined && isAlive(running.pid) ? reachable(running.url) : configuredUrl(config.http);
  const configured = config.http.token;
  if (configured !== undefined)
    return { url, dataDir, token: configured, tokenFrom: origins.get("http.token") ?? "http.token" };
  const file = operatorTokenFile(dataDir);
  const token = await readOperatorToken(dataDir);
  if (token === undefined) return { url, dataDir, token, tokenFrom: `AIOS_TOKEN, ${file}` };
  return { url, dataDir, token, tokenFrom: file };
}

export const operatorTokenFile = (dataDir: string) => path.join(dataDir, "operator.token");

/** The token that the engine of this data directory made at its first start; `undefined` when there is none to read. */
export async function readOperatorToken(dataDir: string): Promise<string | undefined> {
  const text = await nodeFiles.readText(operatorTokenFile(dataDir)).catch(() => undefined);
  const token = text?.trim() ?? "";
  return token === "" ? undefined : token;
}

function configuredUrl({ host, port }: Settings["config"]["http"]): string | undefined {
  if (port === 0) return undefined;
  return reachable(`http://${host.includes(":") ? `[${host}]` : host}:${port}`);
}

/** Every address is not one that can be called: whoever listens on all of them also listens on this machine's own. */
function reachable(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  const name = hostname === "0.0.0.0" ? "127.0.0.1" : hostname === "[::]" ? "[::1]" : hostname;
  return `${protocol}//${name}${port === "" ? "" : `:${port}`}`;
}

/** What a killed engine wrote stays; its port may be another program's by now, which must not be sent the token. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (failure) {
    return failure instanceof Error && "code" in failure && failure.code === "EPERM";
  }
}
