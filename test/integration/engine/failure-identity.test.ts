import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { knowledgeReflex } from "../../../src/actors/knowledge.ts";
import { RULE_VERSION } from "../../../src/domain/fingerprint/fingerprint.ts";
import { FailureRecogniser } from "../../../src/domain/fingerprint/recogniser.ts";
import type { EventData, EventType } from "../../../src/events/catalog.ts";
import { type AnyEvent, decode, is } from "../../../src/events/envelope.ts";
import { madeNow } from "../../../src/kernel/checkpointed.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { explainFailure, explainMessage } from "../../../src/runtime/doors/failure-explanation.ts";
import { heard } from "../../support/heard.ts";
import { healthOf, restoring } from "../../support/playbooks.ts";
import type { Puppet } from "../../support/puppet.ts";
import { VirtualEngine, type VirtualOptions } from "../../support/virtual-engine.ts";

const limits = { targetPerHour: 100, targetPerDay: 100, playbookPerHour: 100, allPerHour: 100 };
const remedy = restoring;
const options: VirtualOptions = { playbooks: [remedy], config: { reactor: { limits } } };

const missing = (module: string) => `module ${module} has no exported member`;
const idNow = (message: string) => new FailureRecogniser(nodeHash).see(message).id;

async function reader(engine: VirtualEngine) {
  const agent = await engine.agent("reader", { policy: { failureThreshold: 1_000, cooldownMs: 1 } });
  return failing(engine, agent);
}

function failing(engine: VirtualEngine, agent: Puppet) {
  let n = 0;
  return async (message: string) => {
    n += 1;
    await engine.submit({ agent: "reader", input: { file: `/srv/${n}` }, retries: 0 });
    agent.last.fail(message);
    await engine.pass(10_000);
  };
}

const data = <T extends EventType>(engine: VirtualEngine, type: T): readonly EventData<T>[] =>
  engine.told(type).map((event) => event.data as EventData<T>);

describe("one failure in several wordings", () => {
  it("is counted once, drafts one lesson, and is shown with everything it was called", async () => {
    const engine = await VirtualEngine.open();
    const fail = await reader(engine);
    for (const module of ["lodash", "zustand", "ky"]) await fail(missing(module));
    const [first, second] = [idNow(missing("lodash")), idNow(missing("zustand"))];
    expect(data(engine, "failure.observed").map(({ fingerprint, tasks }) => [fingerprint, tasks])).toEqual([
      [first, 1],
      [second, 1],
      [first, 3],
    ]);
    expect(data(engine, "failure.aliased")).toMatchObject([{ from: second, to: first, why: "evidence", tasks: 3 }]);
    expect(data(engine, "lesson.drafted")).toMatchObject([{ fingerprint: first, evidence: { length: 3 } }]);
    const { failures } = engine.runtime.views;
    expect(failures.list()).toMatchObject([{ fingerprint: first, tasks: 3, attempts: 3, aliases: [second] }]);
    expect(failures.get(second)).toBe(failures.get(first));
    expect(explainFailure(engine.runtime, second)).toMatchObject({
      fingerprint: first,
      aliases: [second],
      tasks: 3,
      rules: RULE_VERSION,
      why: [
        '"module * has no exported member" is one failure: at word 2 these 3 stood: lodash, zustand, ky (evidence 13.5, needed 10)',
      ],
    });
    expect(explainMessage(engine.runtime, missing("got"))).toMatchObject({ fingerprint: first, seen: false, tasks: 3 });
    expect(explainFailure(engine.runtime, "nothing")).toBeUndefined();
  });

  it("stands after a restart where it stood, and nothing is said twice", async () => {
    const engine = await VirtualEngine.open();
    const fail = await reader(engine);
    for (const module of ["lodash", "zustand", "ky", "got"]) await fail(missing(module));
    const before = engine.runtime.views.failures.list();
    const again = await engine.reopened();
    await again.pass(1_000);
    expect(again.runtime.views.failures.list()).toEqual(before);
    for (const type of ["failure.aliased", "failure.observed", "lesson.drafted"] as const)
      expect(data(again, type)).toEqual(data(engine, type));
  });

  it("is one for those who improve the agent, too", async () => {
    const engine = await VirtualEngine.open();
    const fail = await reader(engine);
    for (const module of ["lodash", "zustand", "ky"]) await fail(`connection refused: ${missing(module)}`);
    const fingerprint = idNow(`connection refused: ${missing("lodash")}`);
    expect(data(engine, "evolution.proposed")).toMatchObject([{ fingerprint, evidence: { length: 3 } }]);
  });

  it("unites two lessons that turn out to be about it, and loses no outcome", async () => {
    const engine = await VirtualEngine.open(options);
    healthOf(engine.world, 200);
    const fail = await reader(engine);
    for (const module of ["lodash", "lodash", "lodash"]) await fail(missing(module));
    for (const module of ["zustand", "zustand", "zustand"]) await fail(missing(module));
    expect(data(engine, "lesson.drafted")).toHaveLength(2);
    await fail(missing("ky"));
    await engine.runtime.lessons.settled();
    const [first, second] = [idNow(missing("lodash")), idNow(missing("zustand"))];
    expect(data(engine, "lesson.rekeyed")).toMatchObject([
      { fingerprint: first, from: second, lessonId: `lesson-${first}`, taken: `lesson-${second}`, remedy: "restore" },
    ]);
    expect(engine.runtime.views.lessons.list()).toMatchObject([
      { fingerprint: first, level: "verified", remedy: "restore" },
    ]);
    const items = await engine.runtime.palace.list({ kind: "lesson" }, { space: "shared" });
    expect(items.map(({ key }) => key)).toEqual([`lesson-${first}`]);
  });
});

/** The journal of an engine that had these rules. */
function writtenBy(rules: number): readonly AnyEvent[] {
  const written = readFileSync(new URL(`../../fixtures/journals/rules-${rules}.jsonl`, import.meta.url), "utf8");
  return written
    .trim()
    .split("\n")
    .map((line) => decode(line) as AnyEvent);
}

describe("a journal that was written by earlier rules", () => {
  const past = writtenBy(1);
  const observed = past.flatMap((event) => (is(event, "failure.observed") ? [event.data] : []));
  const [was] = observed;
  if (was === undefined) throw new Error("nothing was observed");
  const now = idNow("main.go:1:2: undefined: Rows");

  it("keeps its counts and lessons under what the present rules call its failures", async () => {
    expect(observed.every(({ ruleVersion }) => ruleVersion === 1)).toBe(true);
    const engine = await VirtualEngine.after(past, options);
    healthOf(engine.world, 200);
    expect(data(engine, "failure.aliased")).toMatchObject([
      { from: was.fingerprint, to: now, why: "rules", tasks: 4 },
      { why: "rules", tasks: 2 },
      { why: "rules", tasks: 2 },
    ]);
    expect(engine.runtime.views.lessons.list()).toMatchObject([
      { id: `lesson-${was.fingerprint}`, fingerprint: now, level: "verified", fixes: 2, remedy: "restore" },
    ]);
    expect(engine.runtime.views.failures.list().map(({ tasks }) => tasks)).toEqual([2, 2, 4]);
    const fail = await reader(engine);
    await fail("ENOENT: no such file or directory, open '/srv/9'");
    expect(data(engine, "lesson.drafted").at(-1)).toMatchObject({ evidence: { length: 3 } });
    await fail("main.go:9:2: undefined: Rows");
    expect(data(engine, "playbook.settled").at(-1)).toMatchObject({
      via: "lesson",
      outcome: "fixed",
      fingerprint: now,
    });
    expect(engine.runtime.views.lessons.get(`lesson-${was.fingerprint}`)).toMatchObject({ fixes: 3 });
  });

  it("is told so once", async () => {
    const engine = await VirtualEngine.after(past, options);
    const again = await engine.reopened();
    expect(data(again, "failure.aliased")).toEqual(data(engine, "failure.aliased"));
  });

  it("is re-keyed by its templates where the messages themselves are gone", () => {
    const older = knowledgeReflex(nodeHash);
    for (const event of past) if (older.listens.includes(event.type as never)) older.hear(event);
    const { book } = madeNow(older.state === "none" ? {} : older.state.snapshot()) as { readonly book: unknown };
    const records = (book as { now?: string }[][]).map((group) =>
      group.map((record) => ({ ...record, now: undefined })),
    );
    const knowledge = knowledgeReflex(nodeHash);
    if (knowledge.state !== "none") knowledge.state.restore({ book: records });
    const told = knowledge.hear(
      heard("engine.started", { version: "0", node: "0", pid: 1, previous: "clean" }) as never,
    );
    expect(told).toContainEqual(
      expect.objectContaining({
        data: expect.objectContaining({
          to: idNow("ENOENT: no such file or directory, open '/x'"),
          why: "rules",
        }) as never,
      }),
    );
  });
});

describe("a journal that was written by the rules after those", () => {
  const refused = idNow("Error: connect ECONNREFUSED 10.0.0.1:5432");
  const panicked = idNow(
    "thread 'main' panicked at src/a.rs:4:37:\nindex out of bounds: the len is 1 but the index is 7",
  );
  const absent = idNow("ENOENT: no such file or directory, open '/x'");
  const fetched = (cause: string) =>
    `TypeError: fetch failed\n    at load (file:///srv/agent/load.mjs:4:21) {\n  [cause]: Error: ${cause}\n}`;

  it.each([
    // For rules 2 a panic with its backtrace was another failure than one without.
    {
      rules: 2,
      renamed: [
        [refused, 4],
        [panicked, 2],
        [panicked, 3],
        [absent, 2],
      ],
      panics: "draft",
    },
    {
      rules: 3,
      renamed: [
        [refused, 4],
        [panicked, 3],
        [absent, 2],
      ],
      panics: "verified",
    },
  ])(
    "keeps its counts and lessons, and a failure that is two now goes on as the part that struck first: $rules",
    async ({ rules, renamed, panics }) => {
      const past = writtenBy(rules);
      const observed = past.flatMap((event) => (is(event, "failure.observed") ? [event.data] : []));
      expect(new Set(observed.map(({ ruleVersion }) => ruleVersion))).toEqual(new Set([rules]));
      const engine = await VirtualEngine.after(past, options);
      healthOf(engine.world, 200);
      expect(data(engine, "failure.aliased").map(({ to, why, tasks }) => [to, why, tasks])).toEqual(
        renamed.map(([to, tasks]) => [to, "rules", tasks]),
      );
      const { failures, lessons } = engine.runtime.views;
      expect(failures.list().map(({ fingerprint, tasks, level }) => [fingerprint, tasks, level])).toEqual([
        [absent, 2, undefined],
        [panicked, 3, panics],
        [refused, 4, "verified"],
      ]);
      expect(lessons.list()).toHaveLength(2);
      const fail = await reader(engine);
      await fail(fetched("connect ECONNREFUSED 10.0.0.9:80"));
      expect(data(engine, "playbook.settled").at(-1)).toMatchObject({
        via: "lesson",
        outcome: "fixed",
        fingerprint: refused,
      });
      await fail(fetched("getaddrinfo ENOTFOUND api.acme.dev"));
      expect(failures.list()[0]).toMatchObject({ tasks: 1, template: "Error: getaddrinfo ENOTFOUND <host>" });
      const again = await engine.reopened();
      expect(data(again, "failure.aliased")).toEqual(data(engine, "failure.aliased"));
    },
  );
});
