import type { ActorHost } from "../actors/host.ts";
import type { ResidentBook } from "../actors/resident-book.ts";
import type { EventBus } from "../events/bus.ts";
import type { supervisorMachine } from "../machines/supervisor.ts";

interface TryAgainDeps {
  readonly bus: EventBus;
  readonly host: ActorHost;
  readonly residents: ResidentBook;
}

/** A person who starts an agent that its supervisor has given up has the supervisor try again, with all it looks after. */
export async function tryAgain({ bus, host, residents }: TryAgainDeps, agentId: string, by: string): Promise<void> {
  const actor = residents.careOf(agentId)?.supervisor;
  if (actor === undefined || host.snapshot<typeof supervisorMachine>(actor)?.value !== "escalated") return;
  await bus.publish({ type: "actor.restart_requested", subject: actor, principal: by, data: { actor, by } });
}
