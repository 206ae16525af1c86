import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textOfPlaybook } from "../../../src/domain/playbook/likeness.ts";
import { playbooksDoor } from "../../../src/runtime/doors/playbooks-door.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const me = { role: "operator", id: "me" } as const;
const TEN_MINUTES_MS = 600_000;
const patient = { failureThreshold: 1_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 1_000 };

const library = readdirSync("playbooks")
  .filter((name) => name.endsWith(".json") && !name.endsWith(".tests.json"))
  .map((name) => JSON.parse(readFileSync(`playbooks/${name}`, "utf8")) as object);

/** Mends a broken ledger by rewriting its file, when a person says so or an audit fails. */
const ledger = mending({
  id: "ledger_rewrite",
  title: "Write a ledger again whose checksum is wrong",
  description: "The bookkeeper's ledger does not add up: its checksum differs from what was written.",
  trigger: { event_type: "audit.failed" },
  tests: [{ event: { type: "audit.failed" }, expect: "match" }],
});

const near = { path: "event.data.message", contains: "never said" };

async function failing(engine: VirtualEngine, message: string, tasks = 3): Promise<string> {
  const agent = await engine.agent("bookkeeper", { policy: patient });
  for (let n = 0; n < tasks; n++) {
    await engine.submit({ agent: "bookkeeper", retries: 0 });
    agent.last.fail(message);
    await engine.pass(60_000);
  }
  const [row] = engine.runtime.views.failures.list();
  return row?.fingerprint ?? "";
}

describe("a failure that no playbook answers", () => {
  it("has the playbook proposed that says the same in other words, with score and reason", async () => {
    const engine = await VirtualEngine.open({ playbooks: [...library, ledger] });
    const failure = await failing(engine, "the checksum of the ledger is wrong");
    const door = playbooksDoor(engine.runtime);
    const { items, answeredBy, leastScore, fingerprint } = await door.suggest({ failure });
    expect(answeredBy).toEqual([]);
    expect(fingerprint).toBe(failure);
    expect(items[0]).toMatchObject({
      playbook: "ledger_rewrite",
      by: "text",
      enabled: true,
      reason: expect.stringMatching(/^it says \d+ % of what is asked: .*checksum.*ledger/) as string,
      words: expect.arrayContaining(["checksum", "ledger", "wrong"]) as string[],
    });
    expect(items.every(({ score }) => score >= leastScore && score <= 1)).toBe(true);
    expect(
      (await door.suggest({ failure: `${failure.slice(0, -1)}_` }).catch((thrown: unknown) => thrown)) as Error,
    ).toMatchObject({
      code: "not_found",
    });
  });

  it("has nothing proposed that is less like it than the stated score", async () => {
    for (const [proposalScore, proposed] of [
      [0.2, true],
      [1, false],
    ] as const) {
      const engine = await VirtualEngine.open({ playbooks: [ledger], config: { reactor: { proposalScore } } });
      const failure = await failing(engine, "the checksum of the ledger is wrong today");
      const { items, leastScore } = await playbooksDoor(engine.runtime).suggest({ failure });
      expect(leastScore).toBe(proposalScore);
      expect(items.length > 0).toBe(proposed);
      const { items: strange } = await playbooksDoor(engine.runtime).suggest({ text: "TypeError: x is not iterable" });
      expect(strange).toEqual([]);
    }
  });

  it("has its own remedy proposed first, and that of a failure which differs in a word", async () => {
    const called = {
      trigger: { event_type: "failure.observed", conditions: { all: [{ path: "task.input.mend", eq: true }] } },
    };
    const tests = [
      { event: { type: "failure.observed" }, facts: { task: { input: { mend: true } } }, expect: "match" },
    ];
    const engine = await VirtualEngine.open({ playbooks: [mending({ ...called, tests, cooldownMs: 0 })] });
    healthOf(engine.world, 200);
    const agent = await engine.agent("bookkeeper", { policy: patient });
    const fail = async (message: string, input: object) => {
      await engine.submit({ agent: "bookkeeper", retries: 0, input: { ...input } });
      agent.last.fail(message);
      await engine.pass(3_600_000);
    };
    for (const mend of [false, false, true]) await fail("cannot read the ledger of the day", { mend });
    expect(engine.told("lesson.remedied")).toHaveLength(1);
    await fail("cannot write the ledger of the day", {});
    const other = engine.runtime.views.failures.list().find(({ template }) => template.includes("write"));
    const { items } = await playbooksDoor(engine.runtime).suggest({ failure: other?.fingerprint ?? "" });
    expect(items[0]).toMatchObject({
      playbook: "mend",
      by: "fingerprint",
      reason: expect.stringMatching(/^it fixed [0-9a-z]+ before, which is equal but for a word: .*read/) as string,
    });
    expect(items[0]?.score).toBeLessThan(1);
  });

  it("has nothing proposed beside a playbook that answers it", async () => {
    const engine = await VirtualEngine.open({ playbooks: [ledger] });
    const about = { event: { type: "audit.failed", data: { message: "the checksum of the ledger is wrong" } } };
    expect(await playbooksDoor(engine.runtime).suggest(about)).toMatchObject({
      answeredBy: ["ledger_rewrite"],
      items: [],
    });
  });

  it("has the best proposal rehearsed on it, by the plan that a person's run would have", async () => {
    const engine = await VirtualEngine.open({ playbooks: [ledger] });
    healthOf(engine.world, 200);
    const failure = await failing(engine, "the checksum of the ledger is wrong");
    const door = playbooksDoor(engine.runtime);
    const before = engine.events.length;
    const { items, rehearsal } = await door.rehearseSuggested({ failure });
    expect(rehearsal).toMatchObject({ playbook: items[0]?.playbook, verdict: "would_act" });
    expect(engine.events).toHaveLength(before);
    expect(await engine.world.files.exists(CONFIG_FILE)).toBe(false);
    const about = { event: { type: "anything.else", data: {} } };
    const begun = await door.run("ledger_rewrite", { about, parameters: {} }, me);
    expect(rehearsal?.planHash).toBe(begun.planHash);
    await expect(door.rehearseSuggested({ text: "ledger checksum wrong, never seen" })).rejects.toThrow(
      /nothing can be rehearsed/,
    );
  });
});

describe("a proposal", () => {
  it("is no effect in a live engine, however like the playbook is", async () => {
    const engine = await VirtualEngine.open({
      playbooks: [
        mending({
          ...ledger,
          trigger: { event_type: "audit.failed", conditions: { all: [near] } },
          tests: [{ event: { type: "audit.failed", data: { message: "never said" } }, expect: "match" }],
        }),
      ],
    });
    healthOf(engine.world, 200);
    const [rule] = engine.runtime.remedies.rules.rules;
    if (rule === undefined) throw new Error("no playbook");
    const { title, content } = textOfPlaybook(rule.playbook);
    const message = `${title}\n${content}`.replace("never said", "");
    await engine.publish({ type: "audit.failed", data: { message } });
    const before = engine.events.length;
    const sequence = engine.events.at(-1)?.sequence ?? 0;
    const door = playbooksDoor(engine.runtime);
    const answers = [
      await door.suggest({ sequence }),
      await door.suggest({ text: `${title}\n${content}` }),
      await door.rehearseSuggested({ sequence }),
    ];
    for (const { items } of answers) expect(items[0]?.score).toBeGreaterThan(0.95);
    await engine.pass(0);
    expect(engine.events).toHaveLength(before);
    await engine.pass(TEN_MINUTES_MS);
    expect(engine.told("playbook.matched")).toEqual([]);
    expect(engine.told("playbook.settled")).toEqual([]);
    expect(await engine.world.files.exists(CONFIG_FILE)).toBe(false);
    expect(engine.world.requests).toEqual([]);
  });

  it("leaves the engine as it was, whatever is asked", async () => {
    const engine = await VirtualEngine.open({ playbooks: library });
    const door = playbooksDoor(engine.runtime);
    const before = engine.events.length;
    const words = fc.constantFrom(...new Set(JSON.stringify(library).match(/[a-z0-9_.]{3,}/giu)));
    await fc.assert(
      fc.asyncProperty(fc.array(words, { minLength: 1, maxLength: 12 }), async (asked) => {
        const message = asked.join(" ");
        const { items, leastScore } = await door.suggest({ text: message });
        const event = { type: "nobody.listens", data: { message } };
        const rehearsed = await door.rehearseSuggested({ event });
        for (const { score } of [...items, ...rehearsed.items]) expect(score >= leastScore && score <= 1).toBe(true);
        expect(engine.events).toHaveLength(before);
      }),
      { numRuns: 25 },
    );
    await engine.pass(TEN_MINUTES_MS);
    expect(engine.runtime.views.runs.list()).toEqual([]);
    expect(engine.told("playbook.suppressed")).toEqual([]);
    expect(engine.world.requests).toEqual([]);
  });
});
