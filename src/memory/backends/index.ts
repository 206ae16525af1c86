import { json } from "./json.ts";
import type { BackendKind } from "./kind.ts";
import { volatile } from "./volatile.ts";

/** Every way to keep memory, by the name that configuration uses. */
export const backends = { json, volatile } satisfies Record<string, BackendKind>;
