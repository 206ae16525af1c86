import { RESIDENTS } from "../../actors/resident-book.ts";
import type { Principal } from "../../http/principals.ts";
import { principalName } from "../../http/principals.ts";
import type { MachineView } from "../../http/shapes/engine.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { supervisorMachine } from "../../machines/supervisor.ts";
import type { Runtime } from "../../runtime.ts";

/**
 * Journals that a person wants an actor to be tried again that its supervisor had given up.
 *
 * @throws {AiosError} `not_found`, `conflict` when it is well, or tried again without anybody's doing
 */
export async function restartActor(runtime: Runtime, id: string, by: Principal): Promise<MachineView> {
  const find = () => runtime.inspection.list().find((one) => one.id === id);
  const actor = find();
  if (actor === undefined) throw new AiosError("not_found", `there is no actor "${id}"`);
  // A supervisor of resident agents stands for those it has given up.
  const supervises = id.startsWith(`${RESIDENTS}/`) && runtime.host.snapshot<typeof supervisorMachine>(id);
  const givenUp = supervises !== false && supervises?.value === "escalated";
  if (actor.quarantined === undefined && !givenUp)
    throw new AiosError("conflict", `actor ${id} works: there is nothing to restart`);
  if (runtime.host.snapshot<typeof supervisorMachine>(`supervisor/${id}`)?.value === "waiting")
    throw new AiosError("conflict", `actor ${id} is about to be restarted by its supervisor`);
  const principal = principalName(by);
  const data = { actor: id, by: principal };
  await runtime.bus.publish({ type: "actor.restart_requested", subject: id, principal, data });
  return find() ?? actor;
}
