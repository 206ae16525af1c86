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
    this.#change({ lastSequence: event.sequence, lastEventAtMs: event.at });
  }

  snapshot(): Snapshot {
    return { row: this.#row };
  }

  restore(value: unknown): void {
    this.#row = objectOf({ row: row<EngineRow>() })(value, this.name).row;
  }

  get current(): EngineRow {
    return this.#row;
  }

  #change(change: Partial<EngineRow>): void {
    this.#row = { ...this.#row, ...change };
  }
}
