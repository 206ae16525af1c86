import { onTestFinished } from "vitest";
import { writeRunningFile } from "../../src/cli/running-file.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { listen } from "../../src/platform/http-server.ts";
import { type TestDoors, testDoors } from "./http-deps.ts";

export interface ListeningDoors extends TestDoors {
  readonly url: string;
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
  return { ...doors, url: server.url };
}
