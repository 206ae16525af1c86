import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { ReactorMode } from "../../events/vocabulary.ts";
import type { Snapshot } from "../../kernel/checkpointed.ts";
import { objectOf, row } from "../../kernel/shape.ts";
import type { View } from "./view.ts";

export interface EngineRow {
  readonly state: "starting" | "ready" | "stopping" | "stopped";
  readonly version?: string;
  readonly previous?: "none" | "clean" | "crashed";
  readonly startedAtMs?: number;
  readonly readyAtMs?: number;
  readonly mode: ReactorMode;
  readonly paused?: { readonly by: string; readonly reason: string; readonly atMs: number } | undefined;
  readonly storm?: { readonly reason: string; readonly atMs: number } | undefined;
  readonly lastSequence: number;
  readonly lastEventAtMs?: number;
}

/** The engine itself and its reactor. */
export class EngineView implements View {
  readonly name = "engine";
  readonly version = 1;
  #row: EngineRow = { state: "stopped", mode: "live", lastSequence: 0 };
  /** The newest event; it is in the row once somebody asks for that. */
  #last: AnyEvent | undefined;
  readonly #handle: (event: AnyEvent) => void;

  constructor() {
    this.#handle = dispatcher({
      "engine.started": ({ data: { version, previous }, at }) =>
        this.#change({ state: "starting", version, previous, startedAtMs: at }),
      "engine.ready": ({ at }) => this.#change({ state: "ready", readyAtMs: at }),
      "engine.stopping": () => this.#change({ state: "stopping" }),
      "engine.stopped": () => this.#change({ state: "stopped" }),
      "reactor.paused": ({ data: { by, reason }, at }) => this.#change({ paused: { by, reason, atMs: at } }),
      "reactor.resumed": () => this.#change({ paused: undefined }),
      "reactor.mode_changed": ({ data: { mode } }) => this.#change({ mode }),
      "reactor.storm_entered": ({ data: { reason }, at }) => this.#change({ storm: { reason, atMs: at } }),
      "reactor.storm_left": () => this.#change({ storm: undefined }),
    });
  }

  apply(event: AnyEvent): void {
    this.#handle(event);
    this.#last = event;
  }

  snapshot(): Snapshot {
    return { row: this.current };
  }

  restore(value: unknown): void {
    this.#row = objectOf({ row: row<EngineRow>() })(value, this.name).row;
    this.#last = undefined;
  }

  get current(): EngineRow {
    if (this.#last !== undefined) this.#change({ lastSequence: this.#last.sequence, lastEventAtMs: this.#last.at });
    this.#last = undefined;
    return this.#row;
  }

  #change(change: Partial<EngineRow>): void {
    this.#row = { ...this.#row, ...change };
  }
}
