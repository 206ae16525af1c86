import { describe, expect, it } from "vitest";
import { nodeHash } from "../../../src/platform/hash.ts";

describe("hash", () => {
  it("agrees with the published vectors of SHA-256 and HMAC-SHA-256", () => {
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(nodeHash.sha256("abc")).toBe(abc);
    expect(nodeHash.sha256(new TextEncoder().encode("abc"))).toBe(abc);
    expect(nodeHash.hmacSha256("key", "The quick brown fox jumps over the lazy dog")).toBe(
      "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
    );
  });
});
