import { textOf } from "../actors/views/timeline-texts.ts";
import { type AnyEvent, decode } from "../events/envelope.ts";
import type { EventItem } from "./answers.ts";
import { sayMoment } from "./say.ts";
import { type Colour, type Paint, plain } from "./terminal.ts";

const colours: Readonly<Partial<Record<AnyEvent["severity"], Colour>>> = {
  debug: "dim",
  warning: "yellow",
  error: "red",
  critical: "red",
};

/** One event on one line: sequence, moment, type, and what it says to a person. */
export function sayEvent(event: AnyEvent, paint: Paint): string {
  const colour = colours[event.severity];
  const text = plain(`${event.type}  ${textOf(event)}`);
  const place = `${String(event.sequence).padStart(6)}  ${sayMoment(event.at)}`;
  return `${paint("dim", place)}  ${colour === undefined ? text : paint(colour, text)}\n`;
}

/** The event of an answer; what an answer cannot say is when that was in numbers. */
export function eventOf(item: EventItem): AnyEvent | undefined {
  return decode(JSON.stringify(item));
}
