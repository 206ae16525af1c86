import { type AnyEvent, type Cause, is } from "../events/envelope.ts";
import { AiosError, messageOf } from "../kernel/errors.ts";
import type { EndReport } from "../kernel/processes.ts";
import { histories } from "../machines/history.ts";
import type { Effect } from "../machines/output.ts";
import { type End, type Restart, type SupervisorEvent, supervisorMachine } from "../machines/supervisor.ts";
import { chanceOf } from "./chance.ts";
import type { Insist } from "./insist.ts";
import type { ActorKind } from "./kind.ts";
import { RESIDENTS } from "./resident-book.ts";

export interface ResidentSupervisionDeps {
  readonly insist: Insist;
  /** Makes sure that the agent's resident process runs. */
  readonly start: (agentId: string) => Promise<void>;
  /** Ends it without anybody counting that as a failure. */
  readonly stop: (agentId: string) => Promise<EndReport>;
}

/** The part of an actor's id after its kind; nobody's where it is of another kind. */
function nameOf(actor: string): readonly string[] {
  return actor.startsWith(`${RESIDENTS}/`) ? [actor.slice(RESIDENTS.length + 1)] : [];
}

/**
 * Supervisors of resident agent processes: of a declared group, or of one agent. Their children end and begin in the
 * order of the plan, one after another.
 */
export function residentSupervisors(deps: ResidentSupervisionDeps): ActorKind {
  /** What is being done for each supervisor: the last of it. */
  const turns = new Map<string, Promise<void>>();
  const inTurn = async (supervisor: string, work: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(supervisor) ?? Promise.resolve()).then(work, work);
    turns.set(supervisor, turn);
    try {
      await turn;
    } finally {
      if (turns.get(supervisor) === turn) turns.delete(supervisor);
    }
  };
  return {
    name: RESIDENTS,
    machine: supervisorMachine,
    history: histories.supervisor,
    supervised: false,
    birth: {
      on: "supervisor.planned",
      id: (event) => (is(event, "supervisor.planned") ? nameOf(event.data.supervisor)[0] : undefined),
      input: (event) =>
        is(event, "supervisor.planned") ? { id: event.data.supervisor, plan: event.data.plan } : undefined,
    },
    routes: {
      "supervisor.planned": ({ data }) => nameOf(data.supervisor),
      "agent.resident_ended": ({ data }) => nameOf(data.supervisor),
      "agent.resident_changed": ({ data }) => nameOf(data.supervisor),
      "actor.restart_requested": ({ data }) => nameOf(data.actor),
      "engine.started": () => "all",
    },
    hears,
    perform: (effect, cause) => inTurn(supervisorOf(effect), () => perform(deps, effect, cause)),
  };
}

function hears(event: AnyEvent): SupervisorEvent | undefined {
  const { at } = event;
  if (is(event, "engine.started")) return { type: "ENGINE", at };
  if (is(event, "supervisor.planned")) return { type: "PLAN", at, plan: event.data.plan };
  if (is(event, "actor.restart_requested")) return { type: "RESUME", at, by: event.data.by };
  if (is(event, "agent.resident_changed"))
    return event.data.did === "restarted" ? { type: "UP", at, child: event.data.agentId } : undefined;
  if (!is(event, "agent.resident_ended")) return undefined;
  const { agentId: child, failed, reason } = event.data;
  return { type: failed ? "FAILED" : "ENDED", at, child, reason, chance: chanceOf(event) };
}

/** A key is `SUPERVISOR/ATTEMPT/VERB/CHILD`, and no child's id holds a slash. */
function supervisorOf({ key }: Effect): string {
  return key.split("/").slice(0, -3).join("/");
}

async function perform(deps: ResidentSupervisionDeps, effect: Effect, cause: Cause): Promise<void> {
  const { child, reason } = effect.params as Restart | End;
  const supervisor = supervisorOf(effect);
  const did = effect.name === "restart" ? "restarted" : "ended";
  try {
    if (did === "restarted") await deps.start(child);
    else await deps.stop(child);
  } catch (failure) {
    if (failure instanceof AiosError && failure.code === "engine.stopping") return;
    const why = `it could not be ${did}: ${messageOf(failure)}`;
    await deps.insist(() => ({
      type: "agent.resident_ended",
      subject: `agent/${child}`,
      data: { agentId: child, supervisor, failed: true, reason: why },
      cause,
    }));
    return;
  }
  const attempt = Number(effect.key.split("/").at(-3));
  await deps.insist(() => ({
    type: "agent.resident_changed",
    subject: `agent/${child}`,
    data: { agentId: child, supervisor, did, key: effect.key, attempt, reason },
    cause,
  }));
}
