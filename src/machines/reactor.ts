import { assign, enqueueActions, setup } from "xstate";
import type { Group } from "../domain/playbook/limits/admit.ts";
import type { LimitsSettings } from "../domain/playbook/limits/settings.ts";
import { evolveLimits, initialLimits, type LimitsState } from "../domain/playbook/limits/state.ts";
import { stormChange } from "../domain/playbook/limits/storm.ts";
import { evolveRecord, initialRecord, type SuccessRecord } from "../domain/playbook/record.ts";
import type { Deadline, Heard } from "./hearing.ts";
import { announce, deadline, dropDeadline, type Output } from "./output.ts";

type Told = Heard<
  | "reactor.paused"
  | "reactor.resumed"
  | "reactor.mode_changed"
  | "reactor.storm_entered"
  | "reactor.storm_left"
  | "playbook.matched"
  | "playbook.suppressed"
  | "playbook.settled"
  | "playbook.relapsed"
  | "playbook.enabled"
  | "playbook.disabled"
>;

export type ReactorEvent = (Told | Deadline<"quiet">) & {
  /** The group of the agent that the event is about. */
  readonly facts?: { readonly group?: Group };
};

export interface ReactorContext {
  readonly settings: LimitsSettings;
  readonly limits: LimitsState;
  readonly record: SuccessRecord;
  /** Playbooks that a person switched on or off, whatever their file says. */
  readonly switched: ReadonlyMap<string, boolean>;
  readonly pausedBy: { readonly by: string; readonly reason: string; readonly atMs: number } | undefined;
}

/** How often a storm asks whether it is over. */
const ASK_MS = 60_000;

function after(context: ReactorContext, event: ReactorEvent): Pick<ReactorContext, "limits" | "record"> {
  if (!("data" in event)) return context;
  return { limits: evolveLimits(context.limits, event), record: evolveRecord(context.record, event) };
}

/**
 * The reactor: `observe | rehearse | live`, with `paused` and `storm` over all three. Its context is what the limits and
 * the preferences remember; which playbook answers an event is decided beside it, because rules change and memory must not.
 */
export const reactorMachine = setup({
  types: {
    context: {} as ReactorContext,
    events: {} as ReactorEvent,
    input: {} as { readonly settings: LimitsSettings },
    emitted: {} as Output,
  },
  actions: {
    remember: assign(({ context, event }) => after(context, event)),
    notePause: assign({
      pausedBy: ({ event }) =>
        event.type === "reactor.paused" ? { by: event.data.by, reason: event.data.reason, atMs: event.at } : undefined,
    }),
    noteResume: assign({ pausedBy: () => undefined }),
    noteSwitch: assign({
      switched: ({ context, event }) =>
        event.type === "playbook.enabled" || event.type === "playbook.disabled"
          ? new Map(context.switched).set(event.data.playbookId, event.type === "playbook.enabled")
          : context.switched,
    }),
    tellStorm: enqueueActions(({ context, event, enqueue }) => {
      const change = stormChange(context.limits, { atMs: event.at, ...event.facts }, context.settings);
      if (change?.kind === "enter")
        enqueue.emit(announce("reactor.storm_entered", { reason: change.reason }, { subject: "reactor" }));
    }),
    askAgain: enqueueActions(({ context, event, enqueue }) => {
      const change = stormChange(context.limits, { atMs: event.at }, context.settings);
      if (change?.kind === "leave")
        enqueue.emit(announce("reactor.storm_left", { quietMs: change.quietMs }, { subject: "reactor" }));
      else enqueue.emit(deadline("quiet", event.at + ASK_MS));
    }),
    awaitQuiet: enqueueActions(({ context, event, enqueue }) =>
      enqueue.emit(deadline("quiet", event.at + context.settings.stormQuietMs)),
    ),
    stopAsking: enqueueActions(({ enqueue }) => enqueue.emit(dropDeadline("quiet"))),
  },
  guards: {
    toObserve: ({ event }) => event.type === "reactor.mode_changed" && event.data.mode === "observe",
    toRehearse: ({ event }) => event.type === "reactor.mode_changed" && event.data.mode === "rehearse",
    toLive: ({ event }) => event.type === "reactor.mode_changed" && event.data.mode === "live",
  },
}).createMachine({
  id: "reactor",
  version: "1",
  context: ({ input }) => ({
    ...input,
    limits: initialLimits,
    record: initialRecord,
    switched: new Map(),
    pausedBy: undefined,
  }),
  type: "parallel",
  on: {
    "playbook.settled": { actions: "remember" },
    "playbook.relapsed": { actions: "remember" },
    "playbook.enabled": { actions: "noteSwitch" },
    "playbook.disabled": { actions: "noteSwitch" },
  },
  states: {
    mode: {
      initial: "live",
      on: {
        "reactor.mode_changed": [
          { guard: "toObserve", target: ".observe" },
          { guard: "toRehearse", target: ".rehearse" },
          { guard: "toLive", target: ".live" },
        ],
      },
      states: { observe: {}, rehearse: {}, live: {} },
    },
    power: {
      initial: "running",
      states: {
        running: { on: { "reactor.paused": { target: "paused", actions: "notePause" } } },
        paused: { on: { "reactor.resumed": { target: "running", actions: "noteResume" } } },
      },
    },
    weather: {
      initial: "calm",
      states: {
        calm: {
          on: {
            "playbook.matched": { actions: ["remember", "tellStorm"] },
            "playbook.suppressed": { actions: ["remember", "tellStorm"] },
            "reactor.storm_entered": { target: "storm", actions: "remember" },
          },
        },
        storm: {
          entry: "awaitQuiet",
          exit: "stopAsking",
          on: {
            "playbook.matched": { actions: "remember" },
            "playbook.suppressed": { actions: "remember" },
            "reactor.storm_left": { target: "calm", actions: "remember" },
            "DEADLINE.quiet": { actions: "askAgain" },
          },
        },
      },
    },
  },
});
