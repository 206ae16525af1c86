import { sayJson } from "../say.ts";

/** A statechart's state: its name, or the names of its regions. */
export const sayState = (state: unknown) => (typeof state === "string" ? state : sayJson(state));
