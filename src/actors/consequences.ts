import type { AnyEvent, Cause } from "../events/envelope.ts";
import type { Output } from "../machines/output.ts";
import type { Announcements } from "./announcements.ts";
import type { Deadlines, Due } from "./deadlines.ts";
import type { Effects } from "./effects.ts";
import type { Performer } from "./kind.ts";

export interface ConsequencesDeps {
  readonly deadlines: Deadlines;
  readonly announcements: Announcements;
  readonly effects: Effects;
}

/** Brings what machines and reflexes want to where it is kept, journaled or performed. */
export class Consequences {
  readonly #deps: ConsequencesDeps;

  constructor(deps: ConsequencesDeps) {
    this.#deps = deps;
  }

  carryOut(id: string, outputs: readonly Output[], cause: AnyEvent | undefined, performer: Performer): void {
    const { deadlines, announcements, effects } = this.#deps;
    for (const [index, output] of outputs.entries()) {
      switch (output.type) {
        case "deadline":
          deadlines.want({ actor: id, name: output.name, dueAtMs: output.atMs }, output.cause ?? cause);
          break;
        case "drop_deadline":
          deadlines.drop(id, output.name);
          break;
        case "announce":
          announcements.announce(id, output, index, cause);
          break;
        case "effect":
          effects.perform(id, output, cause, performer);
          break;
      }
    }
  }

  /** Journals that a deadline came; the same deadline once. */
  fire(due: Due, cause: Cause | undefined): void {
    const key = `deadline:${due.actor}:${due.name}:${due.dueAtMs}`;
    const from = cause === undefined ? {} : { cause };
    void this.#deps.announcements.publish({
      type: "deadline.fired",
      data: due,
      subject: due.actor,
      idempotencykey: key,
      ...from,
    });
  }
}
