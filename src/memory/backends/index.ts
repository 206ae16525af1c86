import { chroma } from "./chroma.ts";
import { json } from "./json.ts";
import type { BackendKind } from "./kind.ts";
import { neo4j } from "./neo4j.ts";
import { volatile } from "./volatile.ts";

/** Every way to keep memory, by the name that configuration uses. */
export const backends = { chroma, json, neo4j, volatile } satisfies Record<string, BackendKind>;
