import { supervisorActors } from "../../../../src/actors/supervision.ts";
import type { SupervisorContext, SupervisorEvent } from "../../../../src/machines/supervisor.ts";
import { AT, comes, type Draft, heardAs, type Model, type Step } from "./model.ts";

const actor = "agent/a";

const failed = (eventSequence: number): Draft => ({
  type: "actor.failed",
  data: { actor, machine: "agent", eventSequence, eventType: "task.started", eventId: "e", message: "it threw" },
});

/** One of the engine's own actors that fails, and may fail again at the same event or at another. */
export function supervisorModel(): Model {
  const settings = { restarts: 2, withinMs: 60_000, backoff: { firstMs: 100, factor: 2, maxMs: 1_000 }, skipAfter: 2 };
  const { perform: _, ...kind } = supervisorActors(settings, {} as never);
  const said = (event: SupervisorEvent, draft: Draft, note = ""): Step => ({
    ...heardAs(event.type, draft, note),
    ...event,
  });
  const fails = (event: number) =>
    said(
      {
        type: "FAILED",
        at: AT,
        child: actor,
        reason: `at task.started (${event}): it threw`,
        chance: 0,
        event,
      },
      failed(event),
      ` at ${event}`,
    );
  return {
    kind,
    name: actor,
    birth: failed(1),
    hearsBirth: fails(1),
    steps: [
      fails(1),
      fails(2),
      said(
        { type: "UP", at: AT, child: actor },
        { type: "actor.restarted", data: { actor, machine: "agent", attempt: 1, from: "journal", reason: "it threw" } },
      ),
      said(
        { type: "RESUME", at: AT, by: "me" },
        { type: "actor.restart_requested", data: { actor, by: "me", reason: "mended" } },
      ),
      said(
        { type: "ENGINE", at: AT },
        { type: "engine.started", data: { version: "1", node: "20", pid: 1, previous: "crashed" } },
      ),
      comes("restart"),
      comes("calm"),
    ],
    seen: ({ value, context }) => {
      const { restarts, down, begun, suspects } = context as SupervisorContext;
      return JSON.stringify([value, restarts.length, down, begun, suspects]);
    },
  };
}
