import { describe, expect, it } from "vitest";
import { breakerActors, breakerOf } from "../../../src/actors/breaker.ts";
import { ActorHost } from "../../../src/actors/host.ts";
import { type LimitsSettings, limitsSettings } from "../../../src/domain/playbook/limits/settings.ts";
import { EventBus } from "../../../src/events/bus.ts";
import type { Outcome } from "../../../src/events/vocabulary.ts";
import { VolatileJournal } from "../../../src/events/volatile-journal.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { facts } from "../../support/story.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const HOUR = 3_600_000;

/** The breakers of an engine on a journal that may already have a past. */
async function open(
  settings: Partial<LimitsSettings> = {},
  journal = new VolatileJournal(),
  clock = new VirtualClock(),
) {
  const bus = new EventBus({ clock, entropy: new SeededEntropy(journal.lastSequence + 1), log: silentLog });
  const limits = { ...limitsSettings.parse({}), ...settings };
  const host = new ActorHost({ bus, clock, hash: nodeHash, log: silentLog }, [breakerActors(limits)], []);
  bus.fold((event) => host.hear(event));
  host.begin();
  for await (const event of journal.read()) bus.replay(event);
  bus.attach(journal);
  await host.goLive();
  let runs = 0;
  const settle = async (
    outcome: Outcome,
    more: { readonly rehearsed?: boolean; readonly playbookId?: string } = {},
  ) => {
    runs += 1;
    await bus.publish({
      type: "playbook.settled",
      data: facts.settled(`r${runs}`, outcome, { playbookId: "p", ...more }),
    });
    await clock.advance(0);
  };
  const state = (playbookId = "p") => breakerOf(host, playbookId).state;
  const told = async () => {
    const changes: string[] = [];
    for await (const { type, data } of journal.read())
      if (type === "breaker.changed" && "to" in data) changes.push(String(data.to));
    return changes;
  };
  return { bus, host, journal, clock, settle, state, told };
}

describe("a playbook's breaker", () => {
  it("opens after 3 verified failures in a row, for an hour, then lets one through, whose end decides", async () => {
    const { settle, state, clock, host, told } = await open();
    for (const expected of ["closed", "closed", "open"]) {
      await settle("not_fixed");
      expect(state()).toBe(expected);
    }
    expect(breakerOf(host, "p")).toEqual({ state: "open", failures: 3, untilMs: clock.now() + HOUR });
    expect(state("q")).toBe("closed");
    await clock.advance(HOUR - 1);
    expect(state()).toBe("open");
    await clock.advance(1);
    expect(state()).toBe("half_open");
    await settle("not_fixed");
    expect(state()).toBe("open");
    await clock.advance(HOUR);
    await settle("fixed");
    expect(state()).toBe("closed");
    expect(await told()).toEqual(["open", "half_open", "open", "half_open", "closed"]);
  });

  it("follows its settings", async () => {
    const { settle, state, clock } = await open({ breakerFailures: 1, breakerOpenMs: 1_000 });
    await settle("not_fixed");
    expect(state()).toBe("open");
    await clock.advance(1_000);
    expect(state()).toBe("half_open");
  });

  it("does not count what was never verified or only rehearsed, and forgets failures after a fix", async () => {
    const { settle, state } = await open();
    for (const outcome of ["unverified", "refused", "suppressed", "expired", "unverified"] as const)
      await settle(outcome);
    for (let n = 0; n < 5; n++) await settle("not_fixed", { rehearsed: true });
    await settle("not_fixed");
    await settle("not_fixed");
    await settle("fixed");
    await settle("not_fixed");
    await settle("not_fixed");
    expect(state()).toBe("closed");
    await settle("not_fixed");
    expect(state()).toBe("open");
  });

  it("takes the credit back when a fix relapses: what it had forgotten counts again, and the relapse with it", async () => {
    const { bus, settle, state, host } = await open();
    const relapse = (runId: string) =>
      bus.publish({ type: "playbook.relapsed", data: { ...facts.relapsed(runId), playbookId: "p" } });
    await settle("not_fixed");
    await settle("fixed");
    await relapse("r2");
    expect(breakerOf(host, "p")).toMatchObject({ state: "closed", failures: 2 });
    await settle("fixed");
    expect(breakerOf(host, "p")).toMatchObject({ failures: 0 });
    await relapse("r3");
    expect(state()).toBe("open");
  });

  it("opens again when the fix of its probe relapses", async () => {
    const { bus, settle, state, clock } = await open();
    for (let n = 0; n < 3; n++) await settle("not_fixed");
    await clock.advance(HOUR);
    await settle("fixed");
    expect(state()).toBe("closed");
    await bus.publish({ type: "playbook.relapsed", data: { ...facts.relapsed("r4"), playbookId: "p" } });
    expect(state()).toBe("open");
  });

  it("is closed, with its count at nothing, by whoever enables the playbook", async () => {
    const { bus, settle, state } = await open();
    for (let n = 0; n < 3; n++) await settle("not_fixed");
    await bus.publish({ type: "playbook.enabled", data: { playbookId: "p", by: "operator:me" } });
    expect(state()).toBe("closed");
    for (let n = 0; n < 2; n++) await settle("not_fixed");
    expect(state()).toBe("closed");
  });

  it("stands after a restart where it stood, and keeps its time", async () => {
    const before = await open();
    for (let n = 0; n < 3; n++) await before.settle("not_fixed");
    await before.host.stop();
    const { state, clock, told } = await open({}, before.journal, new VirtualClock(before.clock.now() + HOUR - 5));
    expect(state()).toBe("open");
    await clock.advance(5);
    expect(state()).toBe("half_open");
    expect(await told()).toEqual(["open", "half_open"]);
  });
});
