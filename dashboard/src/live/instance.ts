import { LiveStore } from "./store.ts";

/** The page's one connection to the engine. */
export const live = new LiveStore();
