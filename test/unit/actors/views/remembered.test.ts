import { describe, expect, it } from "vitest";
import { Views } from "../../../../src/actors/views/views.ts";
import { heard } from "../../../support/heard.ts";

const observed = (fingerprint: string) =>
  heard("failure.observed", {
    fingerprint,
    ruleVersion: 1,
    template: `no ${fingerprint}`,
    taskId: `t-${fingerprint}`,
    agentId: "a",
    attempt: 1,
    tasks: 1,
    reason: "error",
  });

describe("the failures that are shown", () => {
  it.each([32, 64])("are the newest of as many as are remembered: %i", (remembered) => {
    const views = new Views({ failures: { remembered } });
    for (let n = 0; n < 200; n++) views.apply(observed(`f-${n}`));
    const shown = views.failures.list().map(({ fingerprint }) => fingerprint);
    expect(shown).toContain("f-199");
    expect(shown.length).toBeGreaterThanOrEqual(remembered);
    expect(shown.length).toBeLessThanOrEqual(remembered + remembered / 16);
  });
});
