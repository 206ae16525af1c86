import { type AnyEvent, type EventOf, is } from "../events/envelope.ts";
import { inGroups } from "../kernel/checkpointed.ts";
import type { Hash } from "../kernel/hash.ts";
import { groupsOf, objectOf, oneOf, pairOf, text } from "../kernel/shape.ts";
import { type Target, targetKey } from "../kernel/target.ts";
import { announce, type Output } from "../machines/output.ts";
import type { Reflex } from "./kind.ts";

type Status = "open" | "resolved";

const saved = objectOf({ known: groupsOf(pairOf(text, oneOf<Status>("open", "resolved"))) });

interface Case {
  readonly title: string;
  readonly severity: "warning" | "error" | "critical";
  readonly target: Target;
  readonly fingerprint?: string | undefined;
  readonly runId?: string | undefined;
  readonly evidence: readonly string[];
  readonly needsPerson: boolean;
}

/**
 * Decides what a person is told: one incident for each failure (or playbook) and target, opened when a remedy did not
 * verifiably help or an agent cannot go on, reopened when it comes back, resolved when a verified fix or recovery follows.
 */
export function incidentDesk(hash: Hash): Reflex {
  const known = new Map<string, Status>();
  return {
    name: "incident-desk",
    state: {
      name: "incident-desk",
      version: 1,
      snapshot: () => ({ known: inGroups([...known]) }),
      restore(value) {
        known.clear();
        for (const [id, status] of saved(value, "incident-desk").known) known.set(id, status);
      },
    },
    listens: [
      "playbook.settled",
      "playbook.relapsed",
      "agent.degraded",
      "agent.archived",
      "agent.state_changed",
      "incident.resolved",
      "incident.opened",
      "incident.reopened",
    ],
    hear(event) {
      note(event);
      if (is(event, "playbook.settled")) return settled(event);
      if (is(event, "playbook.relapsed"))
        return report(keyOf(event.data.fingerprint ?? event.data.playbookId, event.data.target), relapse(event));
      if (is(event, "agent.degraded")) return report(agentKey(event.data.agentId), degraded(event));
      if (is(event, "agent.archived"))
        return event.principal === "engine" ? report(agentKey(event.data.agentId), archived(event)) : [];
      if (is(event, "agent.state_changed")) return recovered(event);
      return [];
    },
  };

  function note(event: AnyEvent): void {
    if (is(event, "incident.resolved")) known.set(event.data.incidentId, "resolved");
    if (is(event, "incident.opened") || is(event, "incident.reopened")) known.set(event.data.incidentId, "open");
  }

  function keyOf(what: string, target: Target): string {
    return `incident-${hash.sha256(`${what}\n${targetKey(target)}`).slice(0, 12)}`;
  }

  function agentKey(agentId: string): string {
    return keyOf("breaker", { kind: "agent", id: agentId });
  }

  function report(incidentId: string, told: Case): readonly Output[] {
    const subject = { subject: `incident/${incidentId}` };
    const run = told.runId === undefined ? {} : { runId: told.runId };
    const status = known.get(incidentId);
    // Noted at once: two reports in one turn must not open it twice.
    known.set(incidentId, "open");
    if (status === "open")
      return [
        announce(
          "incident.updated",
          { incidentId, note: told.evidence.join("; "), needsPerson: told.needsPerson, ...run },
          subject,
        ),
      ];
    if (status === "resolved")
      return [announce("incident.reopened", { incidentId, reason: told.title, ...run }, subject)];
    const { title, severity, target, needsPerson } = told;
    const print = told.fingerprint === undefined ? {} : { fingerprint: told.fingerprint };
    return [
      announce(
        "incident.opened",
        { incidentId, title, severity, target, evidence: [...told.evidence], needsPerson, ...print, ...run },
        subject,
      ),
    ];
  }

  function resolve(incidentId: string, reason: string): readonly Output[] {
    if (known.get(incidentId) !== "open") return [];
    known.set(incidentId, "resolved");
    return [announce("incident.resolved", { incidentId, by: "engine", reason }, { subject: `incident/${incidentId}` })];
  }

  function settled({ data }: EventOf<"playbook.settled">): readonly Output[] {
    const { outcome, playbookId, target, fingerprint, runId, reason, rollback, residue, rehearsed } = data;
    const incidentId = keyOf(fingerprint ?? playbookId, target);
    if (outcome === "fixed") return resolve(incidentId, `${playbookId} fixed it, verified`);
    if (rehearsed || (outcome !== "not_fixed" && outcome !== "unverified" && outcome !== "expired")) return [];
    const evidence = [`${playbookId}: ${outcome}, ${reason}`, `rollback: ${rollback}`, ...residue];
    const title = `${playbookId} did not verifiably help ${targetKey(target)}`;
    const severity = rollback === "residue" ? "critical" : "error";
    return report(incidentId, { title, severity, target, fingerprint, runId, evidence, needsPerson: true });
  }

  function recovered({ data }: EventOf<"agent.state_changed">): readonly Output[] {
    const well = (data.to === "idle" || data.to === "running") && data.breaker === "closed";
    return well ? resolve(agentKey(data.agentId), `${data.agentId} is ${data.to} with its breaker closed`) : [];
  }
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

function degraded({ data }: EventOf<"agent.degraded">): Case {
  const { agentId, failures, reason } = data;
  const target: Target = { kind: "agent", id: agentId };
  return {
    title: `${agentId} is degraded after ${failures} failures`,
    severity: "error",
    target,
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
