import type { EngineDoors } from "../actions/engine-doors.ts";
import type { Outbox } from "../actors/outbox.ts";
import type { AgentPool } from "../actors/pool.ts";
import type { Sensors } from "../actors/sensors.ts";
import type { Symptoms } from "../actors/symptoms.ts";
import type { Watcher } from "../actors/watches/watcher.ts";
import type { AgentFacts, TaskFacts } from "../domain/playbook/facts.ts";
import type { EventBus } from "../events/bus.ts";
import type { Cause } from "../events/envelope.ts";
import { AiosError } from "../kernel/errors.ts";
import { isJsonObject } from "../kernel/json.ts";
import type { AgentDesk } from "./agent-desk.ts";
import type { TaskDesk } from "./task-desk.ts";

export interface DoorDeps {
  readonly bus: EventBus;
  readonly pool: AgentPool;
  readonly sensors: Sensors;
  readonly watcher: Watcher;
  readonly outbox: Outbox;
  readonly agents: AgentDesk;
  readonly tasks: TaskDesk;
  readonly symptoms: Pick<Symptoms, "speedOf">;
  readonly agentFacts: (agentId: string) => AgentFacts | undefined;
  /** Whether the budget of further attempts has room for one more. */
  readonly mayRetry: () => boolean;
  readonly taskFacts: (taskId: string) => TaskFacts | undefined;
}

const BY = "reactor";

/** The engine as actions and checks of one run see it; everything they change follows from `cause`. */
export function engineDoors(deps: DoorDeps, cause: Cause): EngineDoors {
  const { bus, pool, sensors, watcher, outbox, agents, tasks } = deps;
  const known = (agentId: string) => agents.get(agentId).id;
  return {
    agent: deps.agentFacts,
    task: deps.taskFacts,
    async restartAgent(agentId, { graceMs }) {
      const { ended, remaining } = await pool.stop(known(agentId), graceMs);
      if (remaining.length > 0)
        throw new AiosError("action.failed", `processes ${remaining.join(", ")} of ${agentId} could not be ended`);
      await pool.start(agentId);
      return { ended: [...ended], started: pool.processes(agentId)[0] };
    },
    stopAgent: (agentId, { graceMs }) => pool.stop(known(agentId), graceMs),
    configureAgent: (agentId, config, { key, restores, tuning }) =>
      agents.configure(agentId, config, {
        by: BY,
        key,
        cause,
        ...(restores === undefined ? {} : { restores }),
        ...(tuning === undefined ? {} : { tuning }),
      }),
    configuration: (agentId, version) => agents.get(agentId).versions.find((kept) => kept.version === version)?.config,
    modelCallMs: (agentId, model, calls) => deps.symptoms.speedOf(agentId, model, calls),
    scaleAgent: (agentId, concurrency, { key }) => agents.scale(agentId, concurrency, { by: BY, key, cause }),
    drainAgent: (agentId, { key, ...order }) => agents.drain(agentId, { ...order, by: BY, key, cause }),
    resumeAgent: (agentId, { key, reason }) => agents.resume(agentId, { reason, by: BY, key, cause }),
    submitTask: async (order, { key }) => (await tasks.submit({ ...order, idempotencyKey: key }, BY, cause)).id,
    async retryTask(taskId, { key, probe }) {
      if (!tasks.wasRetried(key) && !deps.mayRetry())
        throw new AiosError("action.refused", "too much is tried again already: tasks.retryBudget is spent");
      await tasks.retry(taskId, { by: BY, key, probe, cause });
    },
    async publish(type, data, { key }) {
      if (!isJsonObject(data)) throw new AiosError("action.refused", "an event's data is an object");
      return bus.publish({ type, data, principal: BY, cause, idempotencykey: `emit:${key}` });
    },
    async notify({ channel, text, url }, { key }) {
      await outbox.send({ key, text, channel, url }, cause);
    },
    reading: (scope, resource) => sensors.reading(scope, resource),
    look: (watch) => watcher.look(watch),
  };
}
