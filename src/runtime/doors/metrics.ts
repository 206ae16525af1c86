import { isOpen } from "../../actors/views/incidents.ts";
import type { WorkTerms } from "../../actors/views/work.ts";
import type { Labels, Metric } from "../../http/metrics.ts";
import type { Runtime } from "../../runtime.ts";

/** What the engine measures of itself, for Prometheus. No label names an agent; what is not known has no sample. */
export function metricsOf(runtime: Runtime, paused: boolean): readonly Metric[] {
  const { views, bus, commits, score, host, remedies, config } = runtime;
  const now = score.current();
  const tasks = views.tasks.counts();
  const outcomes = totals(views.playbooks.list().map((row) => row.outcomes));
  return [
    counter("aios_events_total", "Events in the journal.", [{ value: bus.lastSequence }]),
    gauge("aios_score", "The evolution score, 0 to 1; absent while there is not enough data.", known(now.score)),
    gauge(
      "aios_score_term",
      "The terms of the score, 0 to 1; absent while there is not enough data.",
      Object.entries(now.terms).flatMap(([term, value]) => known(value, { term })),
    ),
    gauge("aios_score_alert", "Score alerts that are raised.", [{ value: now.alerts.length }]),
    gauge("aios_tasks", "Tasks the engine knows, by state.", counts("state", tasks)),
    gauge("aios_agents", "Agents by state.", counts("state", views.agents.counts())),
    gauge("aios_tasks_concurrency_limit", "Tasks that may run at once.", [{ value: config.tasks.maxConcurrent }]),
    counter(
      "aios_playbook_runs_total",
      "Settled playbook runs by outcome, rehearsals left out.",
      counts("outcome", outcomes),
    ),
    gauge("aios_reactor_paused", "1 while the reactor may not act.", [{ value: paused ? 1 : 0 }]),
    gauge("aios_reactor_waiting", "Events that wait to be considered by the reactor.", [{ value: remedies.waiting }]),
    gauge("aios_incidents_open", "Incidents that are not resolved.", [
      { value: views.incidents.list().filter(isOpen).length },
    ]),
    gauge("aios_approvals_waiting", "Plans that wait for a person.", [{ value: views.approvals.waiting().length }]),
    gauge("aios_dead_letters", "Dead letters that were not replayed.", [{ value: views.deadLetters.waiting().length }]),
    gauge(
      "aios_work",
      "Work over all starts by kind and where it stands; accepted is the sum of the others.",
      Object.entries(views.work.terms()).flatMap(([kind, terms]) => workOf(kind, terms)),
    ),
    gauge("aios_gate_waiting", "Events that wait for the journal, by lane.", [
      { labels: { lane: "control" }, value: bus.gate.control },
      { labels: { lane: "mail" }, value: bus.gate.mail },
    ]),
    counter("aios_gate_refused_total", "Events refused because too many waited.", [{ value: bus.gate.refused }]),
    counter(
      "aios_failures_forgotten_total",
      "Wordings of errors, and failures, forgotten since there were more than `failures.wordings` and `failures.remembered`.",
      counts("what", { ...views.failures.forgotten }),
    ),
    gauge("aios_lessons", "Lessons by level.", counts("level", lessonLevels(runtime))),
    gauge("aios_actors", "Running actors by machine.", counts("machine", actorsByKind(host.list()))),
    {
      kind: "histogram",
      name: "aios_commit_seconds",
      help: "From publishing to durable.",
      values: [commits.histogram()],
    },
    {
      kind: "histogram",
      name: "aios_loop_delay_seconds",
      help: "How late the engine's loop came to what was due; looked at every 10 ms.",
      values: [runtime.ports.loop?.read() ?? []].flat(),
    },
  ];
}

function workOf(kind: string, { deadLettered, ...terms }: WorkTerms): Values {
  const named = { ...terms, dead_lettered: deadLettered };
  return Object.entries(named).map(([state, value]) => ({ labels: { kind, state }, value }));
}

type Values = readonly { readonly labels?: Labels; readonly value: number }[];

function gauge(name: string, help: string, values: Values): Metric {
  return { kind: "gauge", name, help, values };
}

function counter(name: string, help: string, values: Values): Metric {
  return { kind: "counter", name, help, values };
}

function known(value: number | null, labels?: Labels): Values {
  return value === null ? [] : [{ ...(labels === undefined ? {} : { labels }), value }];
}

function counts(label: string, numbers: Readonly<Record<string, number>>): Values {
  return Object.entries(numbers).map(([name, value]) => ({ labels: { [label]: name }, value }));
}

function totals(rows: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {};
  for (const row of rows) for (const [name, value] of Object.entries(row)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}

function lessonLevels({ views }: Runtime): Readonly<Record<string, number>> {
  return totals(views.lessons.list().map(({ level }) => ({ [level]: 1 })));
}

function actorsByKind(actors: readonly { readonly kind: string }[]): Readonly<Record<string, number>> {
  return totals(actors.map(({ kind }) => ({ [kind]: 1 })));
}
