import { reactorNow } from "../../actors/reactor.ts";
import type { PauseDoor } from "../../http/deps.ts";
import { principalName } from "../../http/principals.ts";
import type { PauseView } from "../../http/shapes/engine.ts";
import type { Runtime } from "../../runtime.ts";

export function pauseDoor(runtime: Runtime): PauseDoor {
  const { bus, ports, dataDir, host } = runtime;
  return {
    get: () => pauseView(runtime),
    async set(reason, by) {
      const person = principalName(by);
      if (!reactorNow(host).paused)
        await bus.publish({
          type: "reactor.paused",
          subject: "reactor",
          principal: person,
          data: { by: person, reason },
        });
      return pauseView(runtime);
    },
    async clear(by) {
      const person = principalName(by);
      // Whoever resumes means it: the kill switch as a file would pause again at once.
      await ports.files.remove(`${dataDir}/PAUSE`);
      if (reactorNow(host).paused)
        await bus.publish({ type: "reactor.resumed", subject: "reactor", principal: person, data: { by: person } });
      return pauseView(runtime);
    },
  };
}

/** Whether the reactor may act, and who stopped it. */
export async function pauseView({ host, remedies }: Runtime): Promise<PauseView> {
  const { mode, context } = reactorNow(host);
  const paused = await remedies.isPaused();
  if (!paused) return { paused, mode };
  const { by, reason, atMs } = context.pausedBy ?? { by: "file", reason: "the file PAUSE exists", atMs: undefined };
  return { paused, mode, by, reason, atMs };
}
