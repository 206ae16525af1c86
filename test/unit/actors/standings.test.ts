import { describe, expect, it } from "vitest";
import { standingsReflex } from "../../../src/actors/standings.ts";
import type { EventData } from "../../../src/events/catalog.ts";
import { madeNow } from "../../../src/kernel/checkpointed.ts";
import type { Announcement } from "../../../src/machines/output.ts";
import { heard } from "../../support/heard.ts";

type Reflex = ReturnType<typeof standingsReflex>;

/** Ends tasks of an agent, `g` well and `b` badly, a second apart; gives the alerts that were told, with their place. */
function tasks(reflex: Reflex, outcomes: string, agentId = "coder", fromMs = 0) {
  return outcomes.split("").flatMap((outcome, n) => {
    const at = fromMs + n * 1_000;
    const event =
      outcome === "g"
        ? heard("task.succeeded", { agentId, durationMs: 1 } as EventData<"task.succeeded">, at)
        : heard("task.failed", { agentId } as EventData<"task.failed">, at);
    return reflex.hear(event).map((output) => `${n} ${(output as Announcement).event}`);
  });
}

function settle(reflex: Reflex, outcome: string, rehearsed = false) {
  return reflex.hear(
    heard("playbook.settled", { playbookId: "p", outcome, rehearsed } as EventData<"playbook.settled">),
  );
}

describe("the standing of an agent", () => {
  it("is not known before sixty tasks, then says since when it degrades and how sure that is", () => {
    const reflex = standingsReflex();
    tasks(reflex, "g".repeat(59));
    expect(reflex.list()).toMatchObject([
      { kind: "agent", id: "coder", recent: { good: 40, n: 40 }, trend: { kind: "unknown", outcomes: 59 } },
    ]);
    tasks(reflex, "g".repeat(41) + "bbgbbbgbbb".repeat(2), "coder", 59_000);
    const [standing] = reflex.list();
    expect(standing).toMatchObject({ trend: { kind: "degrading" } });
    const { trend } = standing ?? {};
    if (trend?.kind !== "degrading") throw new Error("it degrades");
    expect(Math.abs(trend.sinceMs - 100_000)).toBeLessThanOrEqual(5_000);
    expect(trend.sure).toBeGreaterThan(0.8);
  });

  it("raises one alert below its threshold and clears it only well above, so that it does not flap", () => {
    const reflex = standingsReflex();
    expect(tasks(reflex, "b".repeat(19))).toEqual([]);
    expect(tasks(reflex, "b")).toEqual(["0 score.alert_raised"]);
    // 40 outcomes of which 70 to 80 in a hundred are good: neither below the one nor above the other.
    expect(tasks(reflex, "gggbgggbgg".repeat(12))).toEqual([]);
    expect(reflex.list()).toMatchObject([{ alerted: true }]);
    expect(tasks(reflex, "g".repeat(40))).toEqual([expect.stringMatching(/score.alert_cleared$/)]);
    expect(tasks(reflex, "gggbgggbgg".repeat(12))).toEqual([]);
  });

  it("stands after a restart where it stood, and is forgotten with its agent", () => {
    const [first, second] = [standingsReflex(), standingsReflex()];
    tasks(first, `${"g".repeat(70)}${"b".repeat(25)}`);
    if (first.state === "none" || second.state === "none") throw new Error("it has a state");
    second.state.restore(JSON.parse(JSON.stringify(madeNow(first.state.snapshot()))));
    expect(second.list()).toEqual(first.list());
    for (const reflex of [first, second]) tasks(reflex, "gb".repeat(30));
    expect(second.list()).toEqual(first.list());
    second.hear(heard("agent.archived", { agentId: "coder" } as EventData<"agent.archived">));
    expect(second.list()).toEqual([]);
  });

  it("is kept of so many agents, and those silent longest make room", () => {
    const reflex = standingsReflex();
    for (let n = 0; n < 130; n++) tasks(reflex, "g", `a${n}`);
    expect(reflex.list().map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, n) => `a${129 - n}`));
  });
});

describe("the standing of a playbook", () => {
  it("counts what was verified, a relapse as one more that did not hold, and no rehearsal", () => {
    const reflex = standingsReflex();
    for (const outcome of ["fixed", "fixed", "not_fixed", "unverified", "suppressed"]) settle(reflex, outcome);
    settle(reflex, "not_fixed", true);
    reflex.hear(heard("playbook.relapsed", { playbookId: "p" } as EventData<"playbook.relapsed">));
    expect(reflex.list()).toMatchObject([{ kind: "playbook", id: "p", recent: { good: 2, n: 4 }, alerted: false }]);
  });

  it("raises an alert that names it", () => {
    const reflex = standingsReflex();
    const told = Array.from({ length: 10 }, () => settle(reflex, "not_fixed")).flat();
    expect(told).toMatchObject([
      {
        event: "score.alert_raised",
        subject: "playbook/p",
        data: { alert: "playbook_cr_investigate", value: 0, threshold: 0.5, of: { kind: "playbook", id: "p" } },
      },
    ]);
  });
});
