import { parseIsoTime } from "./iso-time.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const FORM = /^(?:[A-Z][a-z]{2}, )(\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/;

/** Epoch milliseconds of a `Date` header as HTTP prefers it, or `undefined` when the text is not one. */
export function parseHttpDate(text: string): number | undefined {
  const [, day, monthName, year, time] = FORM.exec(text) ?? [];
  const month = months.indexOf(monthName ?? "") + 1;
  if (day === undefined || month === 0) return undefined;
  return parseIsoTime(`${year}-${String(month).padStart(2, "0")}-${day}T${time}Z`);
}
