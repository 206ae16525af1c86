import { describe, expect, it } from "vitest";
import { knowledgeReflex } from "../../../src/actors/knowledge.ts";
import { nodeHash } from "../../../src/platform/hash.ts";

describe("what is known of failures", () => {
  it("reads what was written down before anything was stored or forgotten", () => {
    const knowledge = knowledgeReflex(nodeHash);
    if (knowledge.state === "none") throw new Error("what is known outlives the process");
    knowledge.state.restore({ book: [] });
    expect([knowledge.stored("lesson-x"), knowledge.forgotten("lesson-x")]).toEqual([undefined, false]);
  });
});
