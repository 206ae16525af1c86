import { workUnderWay } from "../../actors/scheduler.ts";
import type { HttpDeps } from "../../http/deps.ts";
import type { Runtime } from "../../runtime.ts";

/** The journal and the bus. What an agent publishes while it works follows from its work, so that a loop is seen. */
export function eventsDoor({ bus, host }: Runtime): HttpDeps["events"] {
  return {
    publish: (drafts) => {
      const agentId = /^agent:(.*)$/s.exec(drafts[0]?.principal ?? "")?.[1];
      const cause = agentId === undefined ? undefined : workUnderWay(host, agentId);
      return bus.acceptMany(cause === undefined ? drafts : drafts.map((draft) => ({ ...draft, cause })));
    },
    read: (range) => bus.read(range),
    subscribe: (filter, handle, how) => bus.subscribe(filter, handle, how),
    lastSequence: () => bus.lastSequence,
  };
}
