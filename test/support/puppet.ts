import type { AgentFunction, FunctionCall } from "../../src/agents/function.ts";
import type { Json } from "../../src/kernel/json.ts";

/** One attempt that a puppet was given, waiting for the test to say how it ends. */
export interface PuppetCall extends FunctionCall {
  readonly input: Json;
  done(output?: Json): void;
  fail(message: string, facts?: { readonly code?: string; readonly retryable?: boolean }): void;
}

/** A function agent whose attempts end when and how the test says. Told to stop, it stops at once, unless it is deaf. */
export class Puppet {
  /** Every attempt it was given, oldest first. */
  readonly calls: PuppetCall[] = [];
  /** Attempts that have not ended. */
  readonly working = new Set<PuppetCall>();
  /** Ends attempts as soon as they are given, where the test has nothing to say in between. */
  automatic: ((call: PuppetCall) => void) | undefined;
  isDeaf = false;

  readonly run: AgentFunction = (input, call) =>
    new Promise<Json>((resolve, reject) => {
      const end = (settle: () => void) => {
        this.working.delete(given);
        settle();
      };
      const given: PuppetCall = {
        ...call,
        input,
        done: (output = null) => end(() => resolve(output)),
        fail: (message, facts = {}) => end(() => reject(Object.assign(new Error(message), facts))),
      };
      this.calls.push(given);
      this.working.add(given);
      call.signal.addEventListener("abort", () => {
        if (!this.isDeaf) end(() => reject(new Error("stopped")));
      });
      this.automatic?.(given);
    });

  /** The attempt given last. */
  get last(): PuppetCall {
    const call = this.calls.at(-1);
    if (call === undefined) throw new Error("it was given nothing yet");
    return call;
  }
}
