import {
  type AgentWatch,
  exited,
  loopTold,
  providerFailed,
  speedOf,
  succeeded,
  timed,
  unwatched,
} from "../domain/symptoms/agent-watch.ts";
import { type AttemptWatch, called, heard, looked, watchAttempt, wrote } from "../domain/symptoms/attempt-watch.ts";
import { limitOf, symptomOf } from "../domain/symptoms/failure-symptom.ts";
import type { SymptomSettings } from "../domain/symptoms/settings.ts";
import { type AnyEvent, type EventOf, is } from "../events/envelope.ts";
import { type Checkpointed, inGroups } from "../kernel/checkpointed.ts";
import { groupsOf, objectOf, pairOf, row, text } from "../kernel/shape.ts";
import { announce, deadline, dropDeadline, type Output } from "../machines/output.ts";
import type { Reflex } from "./kind.ts";

const NAME = "symptoms";
const SELF = `reflex/${NAME}`;
const STALL = "stall.";
/** A model that the failing agent did not name. */
const NAMELESS = "";

const saved = objectOf({
  attempts: groupsOf(pairOf(text, row<AttemptWatch>())),
  agents: groupsOf(pairOf(text, row<AgentWatch>())),
});

/**
 * Reads what agents say on their protocol and how their attempts end, and tells symptoms: loops, floods, silence, broken
 * output, upstreams that refuse, crashes, slow models. What it concludes follows from the journal alone.
 */
export class Symptoms implements Reflex {
  readonly name = NAME;
  readonly listens = [
    "task.started",
    "task.progress",
    "task.usage",
    "task.tool_called",
    "task.log",
    "task.succeeded",
    "task.attempt_failed",
    "task.failed",
    "task.cancelled",
    "agent.process_exited",
    "engine.started",
    "deadline.fired",
  ] as const;
  readonly state: Checkpointed = {
    name: NAME,
    version: 1,
    snapshot: () => ({ attempts: inGroups([...this.#attempts]), agents: inGroups([...this.#agents]) }),
    restore: (value) => {
      const { attempts, agents } = saved(value, NAME);
      this.#attempts = new Map(attempts);
      this.#agents = new Map(agents);
    },
  };
  readonly #settings: SymptomSettings;
  /** By task. */
  #attempts = new Map<string, AttemptWatch>();
  #agents = new Map<string, AgentWatch>();

  constructor(settings: SymptomSettings) {
    this.#settings = settings;
  }

  /** The median of an agent's newest calls of a model, in milliseconds, where there are so many. */
  speedOf(agentId: string, model: string, calls: number): number | undefined {
    return speedOf(this.#agents.get(agentId) ?? unwatched, model, calls);
  }

  hear(event: AnyEvent): readonly Output[] {
    if (is(event, "task.started")) return this.#begun(event);
    if (is(event, "task.progress")) return this.#heard(event.data.taskId, event.at);
    if (is(event, "task.usage")) return this.#used(event);
    if (is(event, "task.tool_called")) return this.#called(event);
    if (is(event, "task.log")) return this.#wrote(event);
    if (is(event, "task.succeeded")) return this.#succeeded(event);
    if (is(event, "task.attempt_failed")) return this.#failed(event);
    if (is(event, "task.failed") || is(event, "task.cancelled")) return this.#over(event.data.taskId);
    if (is(event, "agent.process_exited")) return this.#exited(event);
    if (is(event, "deadline.fired")) return event.data.actor === SELF ? this.#looked(event) : [];
    // What ran in an engine before this one is over.
    this.#attempts.clear();
    return [];
  }

  #begun({ data: { taskId, agentId, attempt, configVersion } }: EventOf<"task.started">): readonly Output[] {
    this.#attempts.set(taskId, watchAttempt(agentId, attempt, configVersion));
    return [];
  }

  /** The first word of an attempt begins the watch over its silence. */
  #heard(taskId: string, atMs: number): readonly Output[] {
    const watch = this.#attempts.get(taskId);
    if (watch === undefined) return [];
    this.#attempts.set(taskId, heard(watch, atMs));
    return watch.heardAtMs === undefined ? [deadline(STALL + taskId, atMs + this.#settings.stallMs)] : [];
  }

  #used({ data: { taskId, agentId, attempt, usage }, at }: EventOf<"task.usage">): readonly Output[] {
    const outputs = this.#heard(taskId, at);
    const { model, durationMs } = usage;
    if (model === undefined || durationMs === undefined) return outputs;
    const { watch, symptom } = timed(this.#agent(agentId), model, durationMs, this.#settings);
    this.#agents.set(agentId, watch);
    if (symptom === undefined) return outputs;
    return [...outputs, announce("agent.slow", { agentId, taskId, attempt, model, ...symptom }, about(agentId))];
  }

  #called({ data: { taskId, agentId, attempt, tool, call }, at }: EventOf<"task.tool_called">): readonly Output[] {
    const outputs = this.#heard(taskId, at);
    const before = this.#attempts.get(taskId);
    if (before === undefined) return outputs;
    const { watch, symptom } = called(before, call, this.#settings);
    this.#attempts.set(taskId, watch);
    if (symptom === undefined) return outputs;
    return [...outputs, announce("agent.repeating", { agentId, taskId, attempt, tool, ...symptom }, about(agentId))];
  }

  #wrote({ data: { taskId, agentId, attempt }, at }: EventOf<"task.log">): readonly Output[] {
    const before = this.#attempts.get(taskId);
    if (before === undefined) return [];
    const { watch, symptom } = wrote(before, at, this.#settings);
    this.#attempts.set(taskId, watch);
    return symptom === undefined
      ? []
      : [announce("agent.flooding", { agentId, taskId, attempt, ...symptom }, about(agentId))];
  }

  #looked({ data: { name }, at }: EventOf<"deadline.fired">): readonly Output[] {
    const taskId = name.slice(STALL.length);
    const before = this.#attempts.get(taskId);
    if (before === undefined) return [];
    const { watch, symptom, again } = looked(before, at, this.#settings);
    this.#attempts.set(taskId, watch);
    if (again !== undefined) return [deadline(name, again)];
    if (symptom === undefined) return [];
    const { agentId, attempt } = watch;
    return [announce("agent.stalled", { agentId, taskId, attempt, ...symptom }, about(agentId))];
  }

  #succeeded({ data: { taskId, agentId } }: EventOf<"task.succeeded">): readonly Output[] {
    const version = this.#attempts.get(taskId)?.configVersion;
    if (version !== undefined) this.#agents.set(agentId, succeeded(this.#agent(agentId), version));
    return this.#over(taskId);
  }

  #failed(event: EventOf<"task.attempt_failed">): readonly Output[] {
    const { taskId, agentId, attempt, reason, error, durationMs, contained } = event.data;
    const version = this.#attempts.get(taskId)?.configVersion;
    const over = [...this.#over(taskId), ...this.#looping(agentId, taskId, version)];
    const { model, status, code } = error;
    const upstream = {
      agentId,
      taskId,
      attempt,
      ...(model === undefined ? {} : { model }),
      ...(status === undefined ? {} : { status }),
    };
    const told = about(agentId);
    switch (symptomOf(reason, error)) {
      case undefined:
        return over;
      case "rate_limited": {
        const retryAfterMs = error.retryAfterMs ?? this.#settings.waitMs;
        return [...over, announce("agent.rate_limited", { ...upstream, retryAfterMs }, told)];
      }
      case "quota_spent":
        return [...over, announce("agent.quota_spent", upstream, told)];
      case "context_exceeded": {
        const limit = limitOf(error);
        const known = limit === undefined ? {} : { limit };
        return [...over, announce("agent.context_exceeded", { ...upstream, ...known }, told)];
      }
      case "output_malformed": {
        const named = code === undefined ? {} : { code };
        return [...over, announce("agent.output_malformed", { ...upstream, ...named }, told)];
      }
      case "hung": {
        const ended = contained?.ended.length ?? 0;
        return [...over, announce("agent.hung", { agentId, taskId, attempt, ranMs: durationMs, ended }, told)];
      }
      case "provider_down": {
        const watch = providerFailed(this.#agent(agentId), model ?? NAMELESS);
        this.#agents.set(agentId, watch);
        const failures = watch.failing.count;
        if (failures < this.#settings.outage.failures) return over;
        return [...over, announce("agent.provider_down", { ...upstream, failures }, told)];
      }
    }
  }

  #exited({ data: { agentId, expected, shadow }, at }: EventOf<"agent.process_exited">): readonly Output[] {
    if (expected || shadow === true) return [];
    this.#agents.set(agentId, exited(this.#agent(agentId), at, this.#settings));
    const atWork = [...this.#attempts.values()].some((one) => one.agentId === agentId);
    return atWork ? [] : this.#looping(agentId);
  }

  /** A crash that cut an attempt off is told once that is over: only then can its task be tried again. */
  #looping(agentId: string, taskId?: string, configVersion?: number): readonly Output[] {
    const watch = this.#agent(agentId);
    if (watch.looping === undefined) return [];
    this.#agents.set(agentId, loopTold(watch));
    const { goodVersion } = watch;
    const data = {
      agentId,
      ...watch.looping,
      ...(taskId === undefined ? {} : { taskId }),
      ...(configVersion === undefined ? {} : { configVersion }),
      ...(goodVersion === undefined || goodVersion === configVersion ? {} : { goodVersion }),
    };
    return [announce("agent.crash_looping", data, about(agentId))];
  }

  #over(taskId: string): readonly Output[] {
    const spoke = this.#attempts.get(taskId)?.heardAtMs !== undefined;
    this.#attempts.delete(taskId);
    return spoke ? [dropDeadline(STALL + taskId)] : [];
  }

  #agent(agentId: string): AgentWatch {
    return this.#agents.get(agentId) ?? unwatched;
  }
}

function about(agentId: string) {
  return { subject: `agent/${agentId}` };
}
