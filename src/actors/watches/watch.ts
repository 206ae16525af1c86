import type { EventData, EventType } from "../../events/catalog.ts";

type WatchType = Exclude<Extract<EventType, `watch.${string}`>, "watch.cleared" | "watch.dependency_missing">;

/** What is published of something bad; the watcher adds the name of what was looked at. */
export type Finding = {
  [T in WatchType]: { readonly type: T; readonly data: Omit<EventData<T>, "watch"> };
}[WatchType];

/** How one watched thing stands now. `between`: no longer bad enough to be told, not yet well either. */
export type Sight = { readonly key: string; readonly says: string } & (
  | { readonly stands: "bad"; readonly finding: Finding; readonly subject: string }
  | { readonly stands: "between" | "well" }
);

/** `closely` may cost something, such as a process: a playbook wants to know whether it helped. */
export type How = "glance" | "closely";

/** Looks at one sort of thing. */
export interface Watch {
  /** Its keys are `NAME THING`. */
  readonly name: string;
  /** Everything that can be told now; what could not be looked at is left out. */
  look(how: How): Promise<readonly Sight[]>;
}
