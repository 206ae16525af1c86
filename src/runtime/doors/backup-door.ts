import type { HttpDeps } from "../../http/deps.ts";
import { principalName } from "../../http/principals.ts";
import type { Runtime } from "../../runtime.ts";

/** Writes the data directory as it is up to the last durable event. */
export type TakeBackup = (wish: { readonly secrets: boolean }) => AsyncIterable<Uint8Array>;

/** That somebody took the data along is journaled first, and is therefore in what was taken. */
export function backupDoor({ bus }: Runtime, take: TakeBackup): HttpDeps["backup"] {
  return async function* ({ secrets }, by) {
    const principal = principalName(by);
    await bus.publish({ type: "engine.backup_begun", subject: "engine", principal, data: { by: principal, secrets } });
    yield* take({ secrets });
  };
}
