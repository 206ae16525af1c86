import type { EventChoice } from "../../http/shapes/remedy.ts";
import { isJsonObject, type Json } from "../../kernel/json.ts";
import type { Call } from "../command.ts";
import { JSON_SAYS, readJsonInput } from "../input.ts";
import type { Operand } from "../shape.ts";

export const eventOperand: Operand = {
  name: "EVENT",
  says: `the sequence of an event that happened, or an imagined one {type, data, subject?, severity?} as ${JSON_SAYS}`,
};

/** Which event is meant: by its sequence, or as a whole. The engine judges what it holds. */
export function readEventChoice(call: Call): Promise<EventChoice> {
  return eventChoiceOf(call, "EVENT", call.given.operand("EVENT"));
}

/** The same of an operand of another name. */
export async function eventChoiceOf(call: Call, operand: string, text: string): Promise<EventChoice> {
  if (/^[1-9]\d*$/.test(text)) return { sequence: Number(text) };
  const event = imagined(await readJsonInput(call, operand, text));
  return { event } as unknown as EventChoice;
}

/** Of an event as the journal has it, only what could have been imagined. */
function imagined(event: Json): Json {
  if (!isJsonObject(event) || event["specversion"] === undefined) return event;
  const wanted = ["type", "data", "subject", "severity"];
  return Object.fromEntries(Object.entries(event).filter(([name]) => wanted.includes(name)));
}
