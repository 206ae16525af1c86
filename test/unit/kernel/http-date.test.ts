import { describe, expect, it } from "vitest";
import { parseHttpDate } from "../../../src/kernel/http-date.ts";

describe("a date of HTTP", () => {
  it.each(["Sun, 06 Nov 1994 08:49:37 GMT", "Thu, 29 Feb 2024 23:59:59 GMT"])(
    "is read as the platform reads it: %s",
    (text) => {
      expect(parseHttpDate(text)).toBe(Date.parse(text));
    },
  );

  it.each(["", "yesterday", "Sun, 06 Foo 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06"])(
    "is not guessed from anything else: %o",
    (text) => {
      expect(parseHttpDate(text)).toBeUndefined();
    },
  );
});
