import { followerOf, headOf, sayStep } from "../domain/playbook/chain.ts";
import { type EventOf, is } from "../events/envelope.ts";
import type { ChainStep } from "../events/types/playbook.ts";
import type { Outcome } from "../events/vocabulary.ts";
import type { Hash } from "../kernel/hash.ts";
import { type Target, targetKey } from "../kernel/target.ts";
import type { Output } from "../machines/output.ts";
import { type Case, IncidentBook } from "./incident-book.ts";
import type { Reflex } from "./kind.ts";

/**
 * Decides what a person is told: one incident for each failure (or playbook) and target, opened when a remedy did not
 * verifiably help or an agent cannot go on, reopened when it comes back, resolved when a verified fix or recovery follows.
 * While a storm lasts, all that is not urgent is one incident.
 */
export function incidentDesk(hash: Hash, lastFailureOf: (agentId: string) => string | undefined): Reflex {
  const agentKeys = new Map<string, string>();
  const book = new IncidentBook();
  const storm = keyOf("storm", everything);
  return {
    name: "incident-desk",
    state: book.as("incident-desk"),
    listens: [
      "playbook.settled",
      "playbook.relapsed",
      "playbook.suppressed",
      "agent.degraded",
      "agent.archived",
      "agent.state_changed",
      "incident.resolved",
      "incident.opened",
      "incident.reopened",
      "failure.aliased",
      "playbook.matched",
      "reactor.storm_entered",
      "reactor.storm_left",
    ],
    hear(event) {
      book.note(event);
      if (is(event, "failure.aliased")) {
        const { from, to } = event.data;
        book.renamed(from, to, keyOf);
        return [];
      }
      if (is(event, "reactor.storm_entered")) return book.report(storm, stormy(event));
      if (is(event, "reactor.storm_left")) return book.calm(storm, `${event.data.quietMs} ms were quiet`);
      if (is(event, "playbook.settled")) return settled(event);
      if (is(event, "playbook.suppressed")) return heldBack(event);
      if (is(event, "playbook.relapsed"))
        return book.report(keyOf(event.data.fingerprint ?? event.data.playbookId, event.data.target), relapse(event));
      if (is(event, "agent.degraded"))
        return book.report(agentKey(event.data.agentId), degraded(event, lastFailureOf(event.data.agentId)));
      if (is(event, "agent.archived"))
        return event.principal === "engine" ? book.report(agentKey(event.data.agentId), archived(event)) : [];
      if (is(event, "agent.state_changed")) return recovered(event);
      return [];
    },
  };

  function keyOf(what: string, target: Target): string {
    return `incident-${hash.sha256(`${what}\n${targetKey(target)}`).slice(0, 12)}`;
  }

  /** A quarter of all events ask for one: each agent's moves do. */
  function agentKey(agentId: string): string {
    const known = agentKeys.get(agentId);
    if (known !== undefined) return known;
    const key = keyOf("breaker", { kind: "agent", id: agentId });
    if (agentKeys.size >= MOST_AGENTS) agentKeys.clear();
    agentKeys.set(agentId, key);
    return key;
  }

  function settled({ data }: EventOf<"playbook.settled">): readonly Output[] {
    const { outcome, playbookId, target, fingerprint, runId, reason, rollback, residue, rehearsed, after } = data;
    const incidentId = keyOf(fingerprint ?? headOf(data), target);
    if (outcome === "fixed") return book.resolve(incidentId, `${playbookId} fixed it, verified`);
    const isTold = after !== undefined || (!rehearsed && helpless.has(outcome));
    // Where a chain goes on, a person is told at its end.
    if (!isTold || followerOf(data) !== undefined) return [];
    const before = after?.map(sayStep) ?? [];
    const evidence = [...before, `${playbookId}: ${outcome}, ${reason}`, `rollback: ${rollback}`, ...residue];
    const title = `${titleOf(after, playbookId)} did not verifiably help ${targetKey(target)}`;
    const severity = rollback === "residue" ? "critical" : "error";
    const told = { title, severity, target, fingerprint, runId, evidence, needsPerson: true } as const;
    return book.reportRun(incidentId, told, storm);
  }

  /** A limit kept a chain from going on: it ends there. */
  function heldBack({ data }: EventOf<"playbook.suppressed">): readonly Output[] {
    const { after, playbookId, target, reason, detail, runId } = data;
    const last = after?.at(-1);
    if (after === undefined || last === undefined) return [];
    const title = `${titleOf(after.slice(0, -1), last.playbookId)} did not verifiably help ${targetKey(target)}`;
    const evidence = [...after.map(sayStep), `${playbookId} (${runId}) held back: ${reason}, ${detail}`];
    const { fingerprint } = data;
    const incidentId = keyOf(fingerprint ?? headOf(data), target);
    const told = {
      title,
      severity: "error",
      target,
      fingerprint,
      runId: last.runId,
      evidence,
      needsPerson: true,
    } as const;
    return book.reportRun(incidentId, told, storm);
  }

  function recovered({ data }: EventOf<"agent.state_changed">): readonly Output[] {
    const well = (data.to === "idle" || data.to === "running") && data.breaker === "closed";
    return well ? book.resolve(agentKey(data.agentId), `${data.agentId} is ${data.to} with its breaker closed`) : [];
  }
}

/** Agents of which the incident's name is remembered. */
const MOST_AGENTS = 10_000;

/** What a storm is about. */
const everything: Target = { kind: "host", id: "local" };

function stormy({ data }: EventOf<"reactor.storm_entered">): Case {
  const title = `A storm: ${data.reason}`;
  return { title, severity: "warning", target: everything, evidence: ["only P0 is answered"], needsPerson: false };
}

/** Outcomes of a run after which a person is told. */
const helpless: ReadonlySet<Outcome> = new Set(["not_fixed", "unverified", "expired"]);

function titleOf(after: readonly ChainStep[] | undefined, playbookId: string): string {
  return [...(after ?? []).map((step) => step.playbookId), playbookId].join(", then ");
}

function relapse({ data }: EventOf<"playbook.relapsed">): Case {
  const { playbookId, target, fingerprint, runId } = data;
  const title = `${targetKey(target)}: what ${playbookId} had fixed came back`;
  return {
    title,
    severity: "error",
    target,
    fingerprint,
    runId,
    evidence: [`run ${runId} relapsed`],
    needsPerson: true,
  };
}

function degraded({ data }: EventOf<"agent.degraded">, fingerprint: string | undefined): Case {
  const { agentId, failures, reason } = data;
  const target: Target = { kind: "agent", id: agentId };
  return {
    title: `${agentId} is degraded after ${failures} failures`,
    severity: "error",
    target,
    fingerprint,
    evidence: [reason],
    needsPerson: false,
  };
}

function archived({ data }: EventOf<"agent.archived">): Case {
  const { agentId, reason } = data;
  return {
    title: `${agentId} was archived`,
    severity: "critical",
    target: { kind: "agent", id: agentId },
    evidence: [reason],
    needsPerson: true,
  };
}
