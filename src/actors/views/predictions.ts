import type { AgentPast } from "../../domain/forecast/agent-past.ts";
import type { Made } from "../../domain/forecast/forecaster.ts";
import { Forecaster, type ForecasterState } from "../../domain/forecast/forecaster.ts";
import type { Skill } from "../../domain/forecast/skill.ts";
import type { Weights } from "../../domain/forecast/weights.ts";
import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { FailureReason } from "../../events/vocabulary.ts";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { groupsOf, number, objectOf, pairOf, row, text } from "../../kernel/shape.ts";
import type { View } from "./view.ts";

/** What was cut off or never begun says nothing about the agent. */
const silent: ReadonlySet<FailureReason> = new Set(["cancelled", "interrupted", "dependency"]);

/** So likely a failure that other agents are preferred. */
const LIKELY = 0.5;

const state = objectOf<ForecasterState>({
  pasts: groupsOf(pairOf(text, row<AgentPast>())),
  made: groupsOf(pairOf(text, row<Made>())),
  outcomes: number,
  failures: number,
  weights: row<Weights>(),
  skill: row<Skill>(),
});

/** Which agent is likely to fail next, learned from the journal and judged by it. */
export class PredictionsView implements View {
  readonly name = "predictions";
  readonly version = 1;
  readonly mayBeginLate = true;
  readonly forecaster = new Forecaster();
  #heardAtMs = 0;
  readonly apply: (event: AnyEvent) => void;

  constructor() {
    const { forecaster } = this;
    const apply = dispatcher({
      "task.started": ({ data: { taskId, agentId }, at }) => forecaster.begin(taskId, agentId, at),
      "task.succeeded": ({ data, at }) => forecaster.end(data.taskId, false, at),
      "task.failed": ({ data, at }) => {
        if (silent.has(data.reason)) forecaster.drop(data.taskId);
        else forecaster.end(data.taskId, true, at);
      },
      "task.cancelled": ({ data }) => forecaster.drop(data.taskId),
      "agent.state_changed": ({ data }) => forecaster.breaker(data.agentId, data.breaker),
      "agent.archived": ({ data }) => forecaster.forget(data.agentId),
    });
    this.apply = (event) => {
      this.#heardAtMs = event.at;
      apply(event);
    };
  }

  /** Whether its next task is likelier to fail than not; never while forecasts are not proven. */
  isLikelyToFail(agentId: string): boolean {
    if (!this.forecaster.isProven) return false;
    const forecast = this.forecaster.of(agentId, this.#heardAtMs);
    return forecast !== undefined && forecast.failing >= LIKELY;
  }

  snapshot(): Snapshot {
    const { pasts, made, ...rest } = this.forecaster.state;
    return { pasts: inGroups([...pasts]), made: inGroups([...made]), ...rest };
  }

  restore(value: unknown): void {
    this.forecaster.restore(state(value, this.name));
  }
}
