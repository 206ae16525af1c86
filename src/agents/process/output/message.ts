import { faultsOf } from "../../../events/faults.ts";
import { AttemptFailure } from "../../kind.ts";
import { type AgentMessage, agentMessage, bounded } from "../../protocol.ts";
import { excerpt } from "./text.ts";

const KNOWN_TYPES: ReadonlySet<unknown> = new Set(agentMessage.options.map(({ shape }) => shape.type.value));

/**
 * One line of the protocol; `undefined` for a JSON object of a type that this version does not know.
 *
 * @throws {AttemptFailure} `output`, saying which line and what is wrong with it
 */
export function parseMessage(line: string, lineNumber: number): AgentMessage | undefined {
  const value = parseLine(line, lineNumber);
  if (!KNOWN_TYPES.has(value.type)) return undefined;
  const parsed = agentMessage.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error).map(({ path, message }) => `${path}: ${message}`);
  throw broken(`line ${lineNumber} of stdout is not a valid "${String(value.type)}" message: ${faults.join("; ")}`);
}

function parseLine(line: string, lineNumber: number): { readonly type: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw broken(`line ${lineNumber} of stdout is not JSON: ${excerpt(line)}`);
  }
  if (value === null || typeof value !== "object" || !("type" in value)) {
    throw broken(`line ${lineNumber} of stdout is no message, it has no "type": ${excerpt(line)}`);
  }
  return value;
}

function broken(message: string): AttemptFailure {
  return new AttemptFailure("output", { message: bounded(message) });
}
