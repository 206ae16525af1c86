import { describe, expect, it } from "vitest";
import { jsonWithoutSecrets, withoutSecrets } from "../../../src/kernel/secrecy.ts";

describe("a text without secrets", () => {
  it.each([
    ["as it is", "k3y", "the k3y is k3y", "the (secret) is (secret)"],
    ["trimmed, as a program prints what a file held", " k3y-of-nine\n", "got k3y-of-nine", "got (secret)"],
    ["within JSON", 'a"b\\c', JSON.stringify({ key: 'a"b\\c' }), '{"key":"(secret)"}'],
    ["line by line", "-----BEGIN KEY-----\nMIIB0123456789\n", "> MIIB0123456789", "> (secret)"],
    ["and nothing of an empty one", "", "nothing", "nothing"],
  ])("hides one %s", (_, secret, text, left) => {
    expect(withoutSecrets(text, [secret])).toBe(left);
  });

  it("hides them everywhere in a value", () => {
    const value = { list: ["k3y", 1, null], k3y: { deep: "x k3y" }, is: true };
    expect(jsonWithoutSecrets(value, new Set(["k3y"]))).toEqual({
      list: ["(secret)", 1, null],
      "(secret)": { deep: "x (secret)" },
      is: true,
    });
  });
});
