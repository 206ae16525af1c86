import { type AnyActorRef, createActor } from "xstate";
import { built } from "./built.ts";
import { timed } from "./samples.ts";

export type Host = InstanceType<typeof import("../src/actors/host.ts")["ActorHost"]>;
type AnyEvent = Parameters<Host["hear"]>[0];

const policy = { failureThreshold: 3, cooldownMs: 3_600_000, openMs: 5_000, archiveAfterProbes: 10 };
let sequence = 0;

/** An event as the journal gives it: nothing of it is shared with another one. */
export function event(type: string, data: object): AnyEvent {
  const at = 1_700_000_000_000 + ++sequence;
  const id = `e${sequence}`;
  return JSON.parse(JSON.stringify({ type, data, id, correlationid: id, depth: 0, sequence, at })) as AnyEvent;
}

export const nameOf = (n: number) => `agent-${n}`;

const registered = (id: string) =>
  event("agent.registered", {
    agent: { id, kind: "process", config: null, capabilities: [], concurrency: 1, policy },
    configHash: "h",
    by: "bench",
  });

/** A host on a journal in memory with the tap of the inspector, as the engine has it, and without read models. */
async function openHost(): Promise<Host> {
  const { ActorHost } = await built<typeof import("../src/actors/host.ts")>("actors/host.ts");
  const { agentActors } = await built<typeof import("../src/actors/agent.ts")>("actors/agent.ts");
  const { createInspection } = await built<typeof import("../src/actors/inspection.ts")>("actors/inspection.ts");
  const { EventBus } = await built<typeof import("../src/events/bus.ts")>("events/bus.ts");
  const { systemClock: clock } = await built<typeof import("../src/platform/clock.ts")>("platform/clock.ts");
  const { systemEntropy: entropy } = await built<typeof import("../src/platform/entropy.ts")>("platform/entropy.ts");
  const { silentLog: log } = await built<typeof import("../src/kernel/log.ts")>("kernel/log.ts");
  const { nodeHash: hash } = await built<typeof import("../src/platform/hash.ts")>("platform/hash.ts");
  const bus = new EventBus({ clock, entropy, log });
  const tap = createInspection({ clock, log, deadlines: () => host.deadlines() });
  const host: Host = new ActorHost({ bus, clock, log, hash, tap }, [agentActors], []);
  host.begin();
  return host;
}

/** Agents born by their events; reading the events is no part of the time. */
export async function bear(count: number): Promise<{ readonly host: Host; readonly tookMs: number }> {
  const host = await openHost();
  const slice = 1_000;
  let tookMs = 0;
  for (let from = 0; from < count; from += slice) {
    const events = Array.from({ length: slice }, (_, n) => registered(nameOf(from + n)));
    tookMs += await timed(() => {
      for (const one of events) host.hear(one);
    });
  }
  return { host, tookMs };
}

/** The same machine without the host: an actor of its own for each agent. */
export async function createAlone(
  count: number,
): Promise<{ readonly all: readonly AnyActorRef[]; readonly tookMs: number }> {
  const { agentMachine } = await built<typeof import("../src/machines/agent.ts")>("machines/agent.ts");
  const all: AnyActorRef[] = [];
  const tookMs = await timed(() => {
    for (let n = 0; n < count; n++) {
      const input = { agentId: nameOf(n), policy: { ...policy } };
      all.push(createActor(agentMachine, { id: nameOf(n), input }).start());
    }
  });
  return { all, tookMs };
}

/** Steps of one agent, as many as are asked for: a task begins, a task ends. */
export function* steps(count: number): Iterable<AnyEvent> {
  for (let n = 0; n < count; n++) {
    const about = { taskId: `t-${n >> 1}`, agentId: nameOf(0), attempt: 1, key: `t-${n >> 1}/1` };
    yield n % 2 === 0
      ? event("task.started", { ...about, deadlineAtMs: 9e15, configVersion: 1, probe: false, lessons: [] })
      : event("task.succeeded", { ...about, durationMs: 1 });
  }
}
