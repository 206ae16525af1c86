import { assign, enqueueActions, setup } from "xstate";
import type { EventData } from "../events/catalog.ts";
import type { Deadline, Heard } from "./hearing.ts";
import { deadline, type Output } from "./output.ts";

export type IncidentEvent =
  | Heard<
      | "incident.updated"
      | "incident.acknowledged"
      | "incident.silenced"
      | "incident.resolved"
      | "incident.reopened"
      | "notification.sent"
      | "notification.failed"
      | "engine.started"
    >
  | Deadline<"silence">;

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
  /** It came back while it was silenced: that is still to be told. */
  readonly untold: boolean;
  readonly notes: number;
  readonly reopened: number;
  /** Sent to nobody yet. */
  readonly outbox: readonly Notice[];
}

function noticeOf(context: IncidentContext, what: string, text: string): Notice {
  const { incidentId } = context.incident;
  return { incidentId, key: `${incidentId}/${what}`, text };
}

/** The very first message cannot be silenced: nobody has seen the incident yet. */
function isSilenced(context: IncidentContext, event: IncidentEvent): boolean {
  return "at" in event && event.at < context.silencedUntilMs;
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
    tellOpened: enqueueActions(({ context, event, enqueue }) => {
      enqueue.assign({ untold: isSilenced(context, event) });
      if (isSilenced(context, event)) return;
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
      enqueue.assign({ untold: false });
      if (event.type !== "incident.resolved" || isSilenced(context, event)) return;
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
    silence: enqueueActions(({ event, enqueue }) => {
      if (event.type !== "incident.silenced") return;
      const { untilMs } = event.data;
      enqueue.assign({ silencedUntilMs: untilMs });
      enqueue.emit(deadline("silence", untilMs));
    }),
    noteSeen: assign({ untold: () => false }),
    noteReopened: assign({ reopened: ({ context }) => context.reopened + 1 }),
  },
  guards: { untold: ({ context }) => context.untold },
}).createMachine({
  id: "incident",
  version: "1",
  context: ({ input }) => ({
    incident: input.incident,
    openedAtMs: input.at,
    silencedUntilMs: 0,
    untold: false,
    notes: 0,
    reopened: 0,
    outbox: [],
  }),
  initial: "open",
  on: {
    "incident.updated": { actions: "noteUpdate" },
    "incident.silenced": { actions: "silence" },
    "DEADLINE.silence": { guard: "untold", actions: "tellOpened" },
    "notification.sent": { actions: "delivered" },
    "engine.started": { actions: "resend" },
  },
  states: {
    open: {
      entry: "tellOpened",
      on: {
        "incident.acknowledged": { target: "acknowledged", actions: "noteSeen" },
        "incident.resolved": { target: "resolved", actions: "tellOver" },
      },
    },
    acknowledged: {
      on: { "incident.resolved": { target: "resolved", actions: "tellOver" } },
    },
    resolved: {
      on: { "incident.reopened": { target: "open", actions: "noteReopened" } },
    },
  },
});
