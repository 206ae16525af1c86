import { alertChange, type SubjectKind, subjectAlerts } from "../domain/subject-alerts.ts";
import { OutcomeTrend, type Trend } from "../domain/trend.ts";
import { type AnyEvent, is } from "../events/envelope.ts";
import { later, readNow } from "../kernel/checkpointed.ts";
import { anything, listOf, objectOf, oneOf, text, yesNo } from "../kernel/shape.ts";
import { announce, type Output } from "../machines/output.ts";
import type { Reflex } from "./kind.ts";

/** Agents, and playbooks, that are followed at once; the one that was silent longest is forgotten for another. */
const MOST = 100;

/** How one agent's tasks, or one playbook's runs, go. */
export interface SubjectStanding {
  readonly kind: SubjectKind;
  readonly id: string;
  /** The newest outcomes, and how many of them were good. */
  readonly recent: { readonly good: number; readonly n: number };
  readonly trend: Trend;
  /** Whether it is below its threshold, and was not above its clear threshold since. */
  readonly alerted: boolean;
}

interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
  readonly trend: OutcomeTrend;
  alerted: boolean;
}

const subject = objectOf({ kind: oneOf("agent", "playbook"), id: text, trend: anything, alerted: yesNo });
const saved = objectOf({ subjects: listOf((value, at) => subject(readNow(value), at)) });

export interface Standings extends Reflex {
  /** The one that had an outcome last comes first. */
  list(): readonly SubjectStanding[];
}

/**
 * Follows how each agent's tasks and each playbook's runs go: better, worse or as ever, since when and how sure; and tells
 * when one does badly, and when it does well again.
 *
 * A task counts by its end. A run counts once it is fixed or not; rehearsals and what nobody could verify do not. A relapse
 * is one more outcome that is not good.
 */
export function standingsReflex(): Standings {
  let subjects = new Map<string, Subject>();
  return {
    name: "standings",
    listens: ["task.succeeded", "task.failed", "playbook.settled", "playbook.relapsed", "agent.archived"],
    state: {
      name: "standings",
      version: 1,
      snapshot: () => ({
        subjects: [...subjects.values()].map(({ kind, id, trend, alerted }) => {
          const standing = trend.snapshot();
          return later(() => ({ kind, id, trend: standing, alerted }));
        }),
      }),
      restore(value) {
        subjects = new Map(
          saved(value, "standings").subjects.map(({ trend: standing, ...one }) => {
            const trend = new OutcomeTrend();
            trend.restore(standing);
            return [keyOf(one.kind, one.id), { ...one, trend }];
          }),
        );
      },
    },
    list: () =>
      [...subjects.values()].reverse().map(({ kind, id, trend, alerted }) => ({
        kind,
        id,
        recent: trend.recent(subjectAlerts[kind].outcomes),
        trend: trend.current,
        alerted,
      })),
    hear(event) {
      if (is(event, "task.succeeded")) return add(event, "agent", event.data.agentId, true);
      if (is(event, "task.failed"))
        return event.data.agentId === undefined ? [] : add(event, "agent", event.data.agentId, false);
      if (is(event, "playbook.settled")) {
        const { outcome, rehearsed, playbookId } = event.data;
        if (rehearsed || (outcome !== "fixed" && outcome !== "not_fixed")) return [];
        return add(event, "playbook", playbookId, outcome === "fixed");
      }
      if (is(event, "playbook.relapsed")) return add(event, "playbook", event.data.playbookId, false);
      if (is(event, "agent.archived")) subjects.delete(keyOf("agent", event.data.agentId));
      return [];
    },
  };

  function add({ at }: AnyEvent, kind: SubjectKind, id: string, good: boolean): readonly Output[] {
    const key = keyOf(kind, id);
    const known = subjects.get(key) ?? { kind, id, trend: new OutcomeTrend(), alerted: false };
    const isNew = !subjects.delete(key);
    subjects.set(key, known);
    if (isNew) makeRoom(kind);
    known.trend.add(good, at);
    const { alert, outcomes, below, advice } = subjectAlerts[kind];
    const recent = known.trend.recent(outcomes);
    const change = alertChange(kind, recent, known.alerted);
    if (change === undefined) return [];
    known.alerted = change === "raised";
    const value = Math.round((1_000 * recent.good) / recent.n) / 1_000;
    const about = { alert, value, of: { kind, id } };
    return change === "raised"
      ? [announce("score.alert_raised", { ...about, threshold: below, advice }, { subject: key })]
      : [announce("score.alert_cleared", about, { subject: key })];
  }

  function makeRoom(kind: SubjectKind): void {
    let count = 0;
    let longest: string | undefined;
    for (const [key, one] of subjects) {
      if (one.kind !== kind) continue;
      longest ??= key;
      count++;
    }
    if (count > MOST && longest !== undefined) subjects.delete(longest);
  }
}

function keyOf(kind: SubjectKind, id: string): string {
  return `${kind}/${id}`;
}
