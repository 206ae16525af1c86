import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { type Actor, assign, createActor, setup } from "xstate";
import type { Reading } from "./figure.ts";
import { passing } from "./recovery-phases.ts";
import { perSecond, rounded } from "./samples.ts";

interface Told {
  readonly type: string;
}

const lone = setup({ types: { context: {} as { readonly told: number }, events: {} as Told } }).createMachine({
  id: "lone",
  context: { told: 0 },
  initial: "idle",
  states: {
    idle: {
      on: { "task.started": { target: "running", actions: assign({ told: ({ context }) => context.told + 1 }) } },
    },
    running: { on: { "task.*": { target: "idle", actions: assign({ told: ({ context }) => context.told + 1 }) } } },
  },
  on: { "*": { actions: assign({ told: ({ context }) => context.told + 1 }) } },
});

/**
 * What one would write first with XState alone: an actor for each subject, its snapshot written down after each event so
 * that it can be gone on from. It knows no chain, no order between actors and no deadlines.
 */
export async function xstateAlone(file: string): Promise<Reading> {
  const actors = new Map<string, Actor<typeof lone>>();
  let events = 0;
  let characters = 0;
  const took = await passing(async () => {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const { type, subject = "" } = JSON.parse(line) as { readonly type: string; readonly subject?: string };
      let actor = actors.get(subject);
      if (actor === undefined) {
        actor = createActor(lone).start();
        actors.set(subject, actor);
      }
      actor.send({ type });
      characters += JSON.stringify(actor.getPersistedSnapshot()).length;
      events++;
    }
  });
  return {
    name: "XState alone: createActor for each subject, a persisted snapshot after each event",
    n: events,
    value: rounded(took.seconds),
    perSecond: perSecond(events, took.seconds * 1000),
    note: `${rounded(took.cpuSeconds)} s of processor time, ${Math.round(characters / 1e6)} MB of snapshots that went nowhere`,
  };
}
