import type { AnyActorRef } from "xstate";
import type { Output } from "../machines/output.ts";

/** What an actor answers while `step` starts it or sends it something. */
export function collectOutputs(actor: AnyActorRef, step: () => void): readonly Output[] {
  const outputs: Output[] = [];
  const listening = actor.on("*", (output: unknown) => outputs.push(output as Output));
  step();
  listening.unsubscribe();
  return outputs;
}
