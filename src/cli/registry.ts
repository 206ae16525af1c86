import type { Entry } from "./command.ts";
import { loaders } from "./loaders.ts";

/** Every command, in the order of the help. */
export const entries: readonly Entry[] = await Promise.all(Object.values(loaders).map((load) => load()));
