import { createActor } from "xstate";
import type { Cancel, Clock } from "../kernel/clock.ts";
import type { Output } from "../machines/output.ts";
import { type Restart, supervisorMachine } from "../machines/supervisor.ts";
import type { BackoffSettings } from "../resilience/backoff.ts";
import type { Intensity } from "../resilience/restarts.ts";

export interface KeepDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly intensity: Intensity;
  readonly backoff: BackoffSettings;
  /** Begins the child again. */
  readonly restart: (attempt: number) => void;
  readonly waits: (news: { readonly attempt: number; readonly delayMs: number; readonly reason: string }) => void;
  readonly givesUp: (news: { readonly restarts: number; readonly withinMs: number; readonly reason: string }) => void;
}

export interface Keeper extends Disposable {
  /** The child ended and should not have. */
  failed(reason: string): void;
}

/** One supervisor apart from the journal, for the one child that no journal can look after: the process that writes it. */
export function keepOne(child: string, deps: KeepDeps): Keeper {
  const { clock, intensity, backoff } = deps;
  const children = [{ id: child, restart: "transient" }] as const;
  const plan = { strategy: "one_for_one", children, intensity, backoff, skipAfter: Number.MAX_SAFE_INTEGER } as const;
  const actor = createActor(supervisorMachine, { input: { id: child, plan } });
  const armed = new Map<string, Cancel>();
  const carryOut = (output: Output): void => {
    if (output.type === "deadline") {
      armed.get(output.name)?.();
      const fire = () => actor.send({ type: `DEADLINE.${output.name}` as "DEADLINE.restart", at: clock.now() });
      armed.set(output.name, clock.at(output.atMs, fire));
    }
    if (output.type === "drop_deadline") armed.get(output.name)?.();
    if (output.type === "effect" && output.name === "restart") deps.restart((output.params as Restart).attempt);
    if (output.type !== "announce") return;
    if (output.event === "supervisor.restarting") {
      const { attempt, atMs, reason } = output.data;
      deps.waits({ attempt, reason, delayMs: Math.max(0, atMs - clock.now()) });
    }
    if (output.event === "supervisor.escalated") deps.givesUp(output.data);
  };
  actor.on("*", carryOut);
  actor.start();
  return {
    failed: (reason) => actor.send({ type: "FAILED", at: clock.now(), child, reason, chance: deps.random() }),
    [Symbol.dispose]() {
      for (const cancel of armed.values()) cancel();
      actor.stop();
    },
  };
}
