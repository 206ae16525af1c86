import { describe, expect, it } from "vitest";
import { heard, type InspectMessage, nothingWatched, statePath } from "../../../dashboard/src/inspect/machines.ts";

const snapshot = (value: unknown, event = "task.started"): InspectMessage => ({
  type: "@xstate.snapshot",
  sessionId: "agent/a",
  createdAt: "1000",
  event: { type: event },
  snapshot: { value, status: "active" },
});

describe("what the page knows of a machine", () => {
  it("is its definition, its state and the moves since the page was opened, newest first", () => {
    const watching = heard(nothingWatched, [
      { type: "@xstate.actor", sessionId: "agent/a", definition: "{}", snapshot: { value: "idle" } },
      snapshot("running"),
      snapshot("running", "task.progress"),
      snapshot("blocked", "task.attempt_failed"),
    ]);
    expect(watching.machines.get("agent/a")).toMatchObject({
      definition: "{}",
      value: "blocked",
      transitions: [
        { event: "task.attempt_failed", from: "running", to: "blocked" },
        { event: "task.started", from: "idle", to: "running" },
      ],
    });
  });

  it("counts what it was not told", () => {
    const once = heard(nothingWatched, [{ type: "@aios.dropped", count: 3 }]);
    expect(heard(once, [{ type: "@aios.dropped", count: 4 }]).dropped).toBe(7);
  });

  it("names nested states by their path and parallel ones side by side", () => {
    expect(statePath("idle")).toBe("idle");
    expect(statePath({ rolling_back: "undoing" })).toBe("rolling_back.undoing");
    expect(statePath({ mode: "live", power: "paused" })).toBe("mode.live | power.paused");
  });
});
