import type { Config } from "../config.ts";
import type { Supervision } from "../events/vocabulary.ts";
import { messageOf } from "../kernel/errors.ts";
import { canonical } from "../kernel/hash.ts";
import type { supervisorMachine } from "../machines/supervisor.ts";
import type { Runtime } from "../runtime.ts";

const BY = "configuration";

/** Journals how resident agents are looked after from now on, where the configuration says something new. */
export async function declareSupervision({ bus, residents, config }: Runtime): Promise<void> {
  const wanted = new Map<string | undefined, Supervision | null>([[undefined, aloneIn(config)]]);
  for (const group of residents.groups()) wanted.set(group, null);
  for (const [group, declared] of Object.entries(config.agents.groups)) wanted.set(group, togetherIn(config, declared));
  for (const [group, supervision] of wanted) {
    const before = residents.declared(group) ?? null;
    if (canonical(before) === canonical(supervision)) continue;
    const of = group === undefined ? {} : { group };
    await bus.publish({
      type: "supervisor.declared",
      subject: group === undefined ? "residents" : `residents/group:${group}`,
      data: { ...of, supervision, by: BY },
    });
  }
}

function aloneIn({ supervision }: Config): Supervision {
  return { strategy: "one_for_one", ...supervision.residents };
}

function togetherIn(config: Config, { strategy, restarts, withinMs, backoff }: Config["agents"]["groups"][string]) {
  const usual = aloneIn(config);
  return {
    strategy,
    restarts: restarts ?? usual.restarts,
    withinMs: withinMs ?? usual.withinMs,
    backoff: {
      firstMs: backoff?.firstMs ?? usual.backoff.firstMs,
      factor: backoff?.factor ?? usual.backoff.factor,
      maxMs: backoff?.maxMs ?? usual.backoff.maxMs,
    },
  };
}

/**
 * Begins the resident processes again that the engine before took along when it ended, in the order of each supervisor's
 * plan. Those that wait for their restart are begun by their supervisor, when it is due.
 */
export async function beginResidents(runtime: Runtime): Promise<void> {
  const { residents, host, pool, reports, views, ports } = runtime;
  await Promise.all(
    [...residents.plans()].map(async ([supervisor, { children }]) => {
      const context = host.snapshot<typeof supervisorMachine>(supervisor)?.context;
      const later = new Set([...(context?.down ?? []), ...(context?.begun ?? [])]);
      for (const { id, restart } of children) {
        if (restart === "temporary" || later.has(id) || views.agents.get(id)?.accepting === "archived") continue;
        try {
          await pool.start(id);
        } catch (failure) {
          if (runtime.stopping.signal.aborted) return;
          ports.log.warn("a resident agent could not be begun with the engine", { agent: id });
          reports.hear(id, { kind: "resident_ended", failed: true, reason: messageOf(failure) });
        }
      }
    }),
  );
}
