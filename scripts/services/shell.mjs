import { spawnSync } from "node:child_process";
import { createServer } from "node:net";

/** What the person at the keyboard has to do; printed without a stack. */
export class Advice extends Error {}

/** Runs a program to its end with its output shown. Throws when it fails. */
export function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", 2, 2] });
  if (error !== undefined || status !== 0) {
    throw new Advice(`${command} ${args.join(" ")} failed: ${error?.message ?? `exit code ${status}`}`);
  }
}

/** What a program prints on both channels, or `undefined` when there is no such program. */
export function asked(command, args) {
  const { error, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return error === undefined ? `${stdout}${stderr}` : undefined;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
