import { createScoreActor } from "../../actors/score.ts";
import { Views } from "../../actors/views/views.ts";
import type { Config } from "../../config.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { Clock } from "../../kernel/clock.ts";

/** An engine's read models and score, fed by hand. It acts on nothing and publishes nothing. */
export interface Sandbox {
  apply(event: AnyEvent): void;
  say(): SandboxReport;
}

export type SandboxReport = ReturnType<typeof report>;

/** In the sandbox it is always the moment of the last event. */
export function openSandbox({ score: settings }: Pick<Config, "score">): Sandbox {
  let [count, first, last, atMs] = [0, 0, 0, 0];
  const clock: Clock = { now: () => atMs, monotonic: () => atMs, at: () => () => {} };
  const views = new Views();
  const score = createScoreActor({ clock, publish: () => Promise.resolve(), settings });
  return {
    apply(event) {
      if (count++ === 0) first = event.sequence;
      last = event.sequence;
      atMs = event.at;
      views.apply(event);
      score.apply(event);
    },
    say: () => report({ events: count, firstSequence: first, lastSequence: last, atMs }, views, score.current()),
  };
}

interface Fed {
  readonly events: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly atMs: number;
}

function report(fed: Fed, views: Views, reading: ReturnType<ReturnType<typeof createScoreActor>["current"]>) {
  const { score, grade, trend, terms, why, counts } = reading;
  return {
    ...fed,
    score: { score, grade, trend, terms, why, counts },
    agents: views.agents.list().map(({ id, spec, state, breaker, tasks, configVersion }) => ({
      id,
      kind: spec.kind,
      state,
      breaker,
      tasks,
      configVersion,
    })),
    tasks: views.tasks.counts(),
    runs: views.runs.list().map(({ id, playbook, target, state, outcome, rollback, reason }) => ({
      id,
      playbook,
      target,
      state,
      outcome,
      rollback,
      reason,
    })),
    incidents: views.incidents.list().map(({ id, title, state, severity }) => ({ id, title, state, severity })),
    lessons: views.lessons.list().map(({ id, level }) => ({ id, level })),
  };
}
