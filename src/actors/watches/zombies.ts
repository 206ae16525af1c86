import type { Clock } from "../../kernel/clock.ts";
import type { ProcessIdentity } from "../../kernel/processes.ts";
import type { Vitals } from "../../kernel/vitals.ts";
import type { Sight, Watch } from "./watch.ts";

export interface ZombieSettings {
  /** A child that ended may wait so long for its parent. */
  readonly lastMs: number;
  readonly count: number;
}

interface ZombieDeps {
  readonly clock: Clock;
  readonly defunct: Vitals["defunct"];
  readonly agents: () => readonly { readonly id: string; readonly processes: readonly ProcessIdentity[] }[];
}

/** Ended children below the engine's agents for which nobody waits. */
export function zombies({ lastMs, count }: ZombieSettings, { clock, defunct, agents }: ZombieDeps): Watch {
  const name = "zombies";
  let since = new Map<number, number>();
  return {
    name,
    async look() {
      const below = defunct();
      if (below === undefined) return [];
      const found = agents().map(({ id, processes }) => ({
        id,
        pids: below(processes.map(({ pid }) => pid)).map(({ pid }) => pid),
      }));
      const seen = new Set(found.flatMap(({ pids }) => pids));
      since = new Map([...seen].map((pid) => [pid, since.get(pid) ?? clock.monotonic()]));
      return found.map(({ id, pids }) => sightOf(id, pids));
    },
  };

  function sightOf(agentId: string, all: readonly number[]): Sight {
    const key = `${name} ${agentId}`;
    const lasting = all.filter((pid) => clock.monotonic() - (since.get(pid) ?? 0) >= lastMs);
    const says = `${lasting.length} ended processes below ${agentId} are not waited for`;
    if (lasting.length < count) return { key, stands: all.length >= count ? "between" : "well", says };
    const data = { agentId, count: lasting.length, pids: lasting.slice(0, 20) };
    return { key, stands: "bad", says, finding: { type: "watch.zombies", data }, subject: `agent/${agentId}` };
  }
}
