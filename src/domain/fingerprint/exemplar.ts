import type { ValueName } from "./tokens.ts";

/** A value of each kind that any rules would know as one. */
const typical: Readonly<Record<ValueName, string>> = {
  url: "http://example.com/a",
  email: "someone@example.com",
  time: "2024-03-05 10:02:00",
  uuid: "123e4567-e89b-12d3-a456-426614174000",
  mac: "00:1b:44:11:3a:b7",
  ip: "10.0.0.1",
  path: "/srv/a",
  str: '"a"',
  num: "1",
  host: "example.com",
  file: "a.txt",
  id: "a1",
  none: "null",
  args: "1",
  value: "v1",
};

const SHOWN = /<([a-z]{1,8}|\*)>/g;

/**
 * A message that a template may have come from: each `<path>`, `<num>` and so on a typical value, each word that had
 * proved to be a value (`<*>`) one too. Other rules recognise a failure by it whose own messages are not there any more.
 */
export function exemplarOf(template: string): string {
  const known: Readonly<Record<string, string>> = typical;
  return template.replace(SHOWN, (shown, name: string) => (name === "*" ? typical.value : (known[name] ?? shown)));
}
