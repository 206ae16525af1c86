import { assign, enqueueActions, setup } from "xstate";
import type { EventData } from "../events/catalog.ts";
import type { Heard } from "./hearing.ts";
import type { Output } from "./output.ts";

export type IncidentEvent = Heard<
  | "incident.updated"
  | "incident.acknowledged"
  | "incident.silenced"
  | "incident.resolved"
  | "incident.reopened"
  | "notification.sent"
  | "notification.failed"
  | "engine.started"
>;

/** A message about the incident that has to reach its channels. */
export interface Notice {
  readonly incidentId: string;
  readonly key: string;
  readonly text: string;
}

export interface IncidentContext {
  readonly incident: EventData<"incident.opened">;
  readonly openedAtMs: number;
  readonly silencedUntilMs: number;
  readonly notes: number;
  readonly reopened: number;
  /** Sent to nobody yet. */
  readonly outbox: readonly Notice[];
}

function noticeOf(context: IncidentContext, what: string, text: string): Notice {
  const { incidentId } = context.incident;
  return { incidentId, key: `${incidentId}/${what}`, text };
}

/** What a person is told about: `open → acknowledged → resolved → reopened`, with an outbox that is emptied by delivery only. */
export const incidentMachine = setup({
  types: {
    context: {} as IncidentContext,
    events: {} as IncidentEvent,
    input: {} as { readonly incident: EventData<"incident.opened">; readonly at: number },
    emitted: {} as Output,
  },
  actions: {
    tellOpened: enqueueActions(({ context, enqueue }) => {
      const { title, severity, needsPerson } = context.incident;
      const notice = noticeOf(
        context,
        `opened/${context.reopened}`,
        `[${severity}] ${title}${needsPerson ? " (needs a person)" : ""}`,
      );
      enqueue.assign({ outbox: [...context.outbox, notice] });
      enqueue.emit({ type: "effect", name: "notify", key: notice.key, params: notice });
    }),
    tellOver: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "incident.resolved") return;
      const notice = noticeOf(
        context,
        `resolved/${context.reopened}`,
        `over: ${context.incident.title} (${event.data.reason})`,
      );
      enqueue.assign({ outbox: [...context.outbox, notice] });
      enqueue.emit({ type: "effect", name: "notify", key: notice.key, params: notice });
    }),
    resend: enqueueActions(({ context, enqueue }) => {
      for (const notice of context.outbox)
        enqueue.emit({ type: "effect", name: "notify", key: notice.key, params: notice });
    }),
    delivered: assign({
      outbox: ({ context, event }) =>
        event.type === "notification.sent"
          ? context.outbox.filter(({ key }) => key !== event.data.key)
          : context.outbox,
    }),
    noteUpdate: assign({ notes: ({ context }) => context.notes + 1 }),
    noteSilence: assign({
      silencedUntilMs: ({ context, event }) =>
        event.type === "incident.silenced" ? event.data.untilMs : context.silencedUntilMs,
    }),
    noteReopened: assign({ reopened: ({ context }) => context.reopened + 1 }),
  },
}).createMachine({
  id: "incident",
  version: "1",
  context: ({ input }) => ({
    incident: input.incident,
    openedAtMs: input.at,
    silencedUntilMs: 0,
    notes: 0,
    reopened: 0,
    outbox: [],
  }),
  initial: "open",
  on: {
    "incident.updated": { actions: "noteUpdate" },
    "incident.silenced": { actions: "noteSilence" },
    "notification.sent": { actions: "delivered" },
    "engine.started": { actions: "resend" },
  },
  states: {
    open: {
      entry: "tellOpened",
      on: { "incident.acknowledged": "acknowledged", "incident.resolved": { target: "resolved", actions: "tellOver" } },
    },
    acknowledged: {
      on: { "incident.resolved": { target: "resolved", actions: "tellOver" } },
    },
    resolved: {
      on: { "incident.reopened": { target: "open", actions: "noteReopened" } },
    },
  },
});
