import { z } from "zod";
import { fact } from "../entry.ts";
import { supervision, supervisorPlan } from "../vocabulary.ts";

const actor = z.object({ actor: z.string().describe("Kind and name, for example `agent/coder`.") });
const about = actor.extend({
  eventSequence: z.number().int().describe("Sequence of the event it was about."),
  eventType: z.string(),
});

export const supervisionTypes = {
  "actor.failed": fact(
    "An actor could not take an event. It is quarantined: what concerns it waits, the others go on.",
    about.extend({
      machine: z.string(),
      reason: z
        .enum(["error", "deaf", "refused"])
        .describe(
          "It threw; it took nothing although it was active, which only builds that gave every actor a mailbox of its own could meet; what belongs to it threw before it was told.",
        ),
      message: z.string(),
    }),
    "error",
  ),
  "actor.restarted": fact(
    "An actor is back in the state that its events imply, and hears what had waited.",
    actor.extend({
      machine: z.string(),
      attempt: z.number().int().positive().describe("Restarts of this actor so far, this one among them."),
      from: z
        .enum(["journal", "memory"])
        .describe("Whether its events were folded anew, or the value before the event was taken up."),
      skipped: z.number().int().optional().describe("Sequence of the event that was left out."),
      reason: z.string(),
    }),
    "warning",
  ),
  "actor.event_skipped": fact(
    "An event is never told to an actor again, because the actor failed at it too often: a dead letter with its cause.",
    about.extend({ eventId: z.string().optional(), failures: z.number().int().positive(), reason: z.string() }),
    "error",
  ),
  "actor.effect_overdue": fact(
    "Something that an actor had done outside has not ended for longer than it may. It still runs.",
    actor.extend({ effect: z.string(), key: z.string(), runningMs: z.number().int() }),
    "error",
  ),
  "actor.restart_requested": fact(
    "A person wants an actor that was given up to be restarted.",
    actor.extend({ by: z.string() }),
  ),
  "engine.stalled": fact(
    "The engine's thread stood still: it worked on one thing and did nothing else.",
    z.object({
      actor: z.string().describe("For whom it worked; `unknown` when that was nobody the engine knows of."),
      eventSequence: z.number().int().optional(),
      what: z.string().describe("The event's type, or for example `task/ID`."),
      stalledAtMs: z.number(),
      blockedMs: z.number().int().min(0),
      ended: z.boolean().describe("Whether the process was ended because of it."),
    }),
    "critical",
  ),
  "supervisor.declared": fact(
    "How resident agents are looked after: those of a group together, or each that is in no such group.",
    z.object({
      group: z.string().optional().describe("Absent: what holds for each resident agent that stands alone."),
      supervision: supervision.nullable().describe("Null when the agents of the group stand alone from now on."),
      by: z.string(),
    }),
  ),
  "supervisor.planned": fact(
    "A supervisor of resident agents looks after these children from now on.",
    z.object({ supervisor: z.string(), plan: supervisorPlan }),
  ),
  "supervisor.restarting": fact(
    "A supervisor will restart a child that failed, and whoever begins anew with it, after a pause.",
    z.object({
      supervisor: z.string(),
      child: z.string(),
      affected: z.array(z.string()),
      attempt: z.number().int().positive(),
      atMs: z.number().describe("When the restart is due."),
      reason: z.string(),
    }),
    "warning",
  ),
  "supervisor.recovered": fact(
    "Since the last restart nothing has failed for as long as restarts count.",
    z.object({ supervisor: z.string(), attempt: z.number().int().describe("Restarts so far.") }),
  ),
  "supervisor.escalated": fact(
    "Restarting no longer helps: a supervisor has stopped trying and calls a person.",
    z.object({
      supervisor: z.string(),
      child: z.string(),
      down: z.array(z.string()).describe("Who stays down until a person resumes them."),
      restarts: z.number().int().min(0),
      withinMs: z.number().int(),
      reason: z.string(),
    }),
    "critical",
  ),
};
