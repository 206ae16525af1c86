import { Engine, type NestedCondition } from "json-rules-engine";
import type { GeneratedPlaybook, NaiveLeaf } from "./playbooks.ts";

/**
 * The generated playbooks as rules of json-rules-engine, an engine for each event type: what its user would do who has
 * many types, since it has no index of its own.
 *
 * @returns how many playbooks an event calls for
 */
export function rulesEngineMatches(
  playbooks: readonly GeneratedPlaybook[],
): (event: { readonly type: string; readonly data: Readonly<Record<string, unknown>> }) => Promise<number> {
  const engines = new Map<string, Engine>();
  for (const { id, trigger } of playbooks) {
    const engine = engines.get(trigger.event_type) ?? newEngine();
    engines.set(trigger.event_type, engine);
    engine.addRule({ conditions: { all: trigger.conditions.all.map(condition) }, event: { type: id } });
  }
  return async ({ type, data }) => {
    const engine = engines.get(type);
    return engine === undefined ? 0 : (await engine.run({ ...data })).events.length;
  };
}

function newEngine(): Engine {
  const engine = new Engine();
  engine.addOperator("startsWith", (fact: string, text: string) => fact.startsWith(text));
  return engine;
}

function condition({ path, eq, gte, startswith }: NaiveLeaf): NestedCondition {
  const fact = path.replace("event.data.", "");
  if (eq !== undefined) return { fact, operator: "equal", value: eq };
  if (gte !== undefined) return { fact, operator: "greaterThanInclusive", value: gte };
  return { fact, operator: "startsWith", value: startswith };
}
