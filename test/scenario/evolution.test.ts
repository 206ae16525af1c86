import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { writeRunningFile } from "../../src/cli/running-file.ts";
import type { ImprovementKind } from "../../src/events/types/evolution.ts";
import { canonical } from "../../src/kernel/hash.ts";
import { aios } from "../support/cli.ts";
import { TestEngine } from "../support/engine.ts";
import { tempDir } from "../support/temp-dir.ts";

const patient = { failureThreshold: 1_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 1_000 };

/** A real program, and what of its configuration is written down for it beforehand. */
interface Case {
  readonly kind: ImprovementKind;
  readonly script?: string;
  readonly config?: object;
  readonly about?: object;
  readonly tasks?: object;
  /** Whether what it fails with at first goes away by itself: then its present version works, and a change can only hurt. */
  readonly passes: boolean;
  /** Tasks that it is given at a time: three unless told. */
  readonly atOnce?: number;
}

const refused = 'echo "connect ECONNREFUSED 127.0.0.1:9" >&2; exit 1';
const broken = 'echo "the index is not readable" >&2; exit 1';
const trouble = '[ -e "$TROUBLE" ]';
const other = (kind: string, config: object) => ({ alternatives: [{ kind, config }] });
const reads = `${trouble} && { ${broken}; }; cat "$ROOM/$INDEX" >/dev/null 2>&1 || { ${broken}; }`;
const asks = `${trouble} && { ${broken}; }; [ -e "$ROOM/model-$AIOS_MODEL" ] || { ${broken}; }`;
const heeds = (wanted: string) => `${trouble} && { ${broken}; }; ${wanted} || { ${broken}; }`;

const pressed = 'echo "429 Too Many Requests from http://127.0.0.1:9/" >&2; exit 1';
/** From 200 to 400 ms, and from 800 ms on once it is tried to wait longer: a busy machine takes its time besides. */
const waits = { retries: 1, backoff: { firstMs: 400 } };
/** How long ago its first attempt was, in milliseconds; that one fails like the one before it was let in. */
const since = `first="$ROOM/$AIOS_TASK_ID"; now=$(date +%s%3N)
[ "$AIOS_ATTEMPT" -gt 1 ] || { echo "$now" >"$first"; ${pressed}; }
since=$((now - $(cat "$first")))`;
/** One process for all tasks of a version: what it finds beside it is what its version has at once. */
const crowded = (habit: "alone" | "pairs") => ({
  kind: "concurrency" as const,
  script: `exec "${process.execPath}" "${path.resolve("test/fixtures/programs/crowded-agent.mjs")}" ${habit}`,
  config: { mode: "resident", output: "ndjson" },
  atOnce: 6,
});
const helps: readonly Case[] = [
  { ...crowded("alone"), passes: false },
  {
    kind: "backoff",
    // Whoever comes back before that is told so again.
    script: `${since}; [ $since -ge 790 ] || { ${pressed}; }`,
    tasks: waits,
    passes: false,
  },
  { kind: "timeout", script: "sleep 2; echo done", about: { tuning: { timeoutMs: 1_500 } }, passes: false },
  { kind: "retry", script: `[ "$AIOS_ATTEMPT" -gt 1 ] || { ${refused}; }`, passes: false },
  { kind: "environment", script: reads, about: other("environment", { env: { INDEX: "there" } }), passes: false },
  { kind: "model", script: asks, config: { model: "old" }, about: other("model", { model: "good" }), passes: false },
  { kind: "command", script: broken, about: other("command", { command: ["true"] }), passes: false },
  {
    kind: "advice",
    script: heeds('case "$AIOS_ADVICE" in *"second copy"*) true;; *) false;; esac'),
    about: { alternatives: [{ kind: "advice", advice: "Use the second copy of the index." }] },
    passes: false,
  },
];

const hurts: readonly Case[] = [
  { ...crowded("pairs"), passes: true },
  {
    kind: "timeout",
    // With time to spare it does its work thoroughly, and that is what it cannot do.
    script: `${trouble} && sleep 20; left=$((AIOS_DEADLINE_MS - $(date +%s%3N))); [ $left -le 2000 ] || { ${broken}; }`,
    about: { tuning: { timeoutMs: 2_000 } },
    passes: true,
  },
  {
    kind: "backoff",
    // What its first attempt was given is good for so long.
    script: `${since}; ${trouble} && { ${pressed}; }; [ $since -lt 790 ] || { echo "the lease is over" >&2; exit 1; }`,
    tasks: waits,
    passes: true,
  },
  { kind: "environment", script: reads, about: other("environment", { env: { INDEX: "gone" } }), passes: true },
  { kind: "model", script: asks, config: { model: "old" }, about: other("model", { model: "none" }), passes: true },
  {
    kind: "command",
    script: `${trouble} && { ${broken}; }; true`,
    about: other("command", { command: ["false"] }),
    passes: true,
  },
  {
    kind: "advice",
    script: heeds('case "$AIOS_ADVICE" in *"third copy"*) false;; esac'),
    about: { alternatives: [{ kind: "advice", advice: "Use the third copy of the index." }] },
    passes: true,
  },
];

/**
 * The account of an upstream, which counts what it is asked: of 24 requests it refuses three. Whoever asks a second time for
 * one ticket is served first, and the account is closed to all others for the next twelve requests.
 */
const account = `n=$(($(cat "$ROOM/asked" 2>/dev/null || echo 0) + 1)); echo $n >"$ROOM/asked"
if [ -e "$ROOM/ticket-$AIOS_TASK_ID" ]; then echo $((n + 12)) >"$ROOM/closed"; exit 0; fi
touch "$ROOM/ticket-$AIOS_TASK_ID"
[ $n -gt $(cat "$ROOM/closed" 2>/dev/null || echo 0) ] || { echo "the account is closed to others" >&2; exit 1; }
case $((n % 24)) in 0|9|10) ${refused};; esac`;

/** An engine with one agent that fails until its trouble is over, and the engine's own proposal for it. */
async function proposed({ script = "", config = {}, about = {}, tasks = {}, passes, atOnce = 3 }: Case) {
  const room = await tempDir();
  const sign = path.join(room, "trouble");
  const files = ["there", "used", "model-good", ...(passes ? ["trouble", "model-old"] : [])];
  for (const name of files) await writeFile(path.join(room, name), "");
  const test = await TestEngine.open({
    config: { tasks: { maxConcurrent: 6, retries: 0, backoff: { firstMs: 10 }, ...tasks } },
    http: true,
  });
  const { env = {}, ...more } = config as { readonly env?: object };
  const command = ["sh", "-c", script];
  const own = { ROOM: room, TROUBLE: sign, INDEX: passes ? "used" : "gone", ...env };
  await test.agent(
    "coder",
    command,
    { output: "text", env: own, ...more },
    { concurrency: 3, policy: patient, ...about },
  );
  const before = canonical(test.engine.runtime.agents.get("coder").spec);
  const enough = new AbortController();
  const working = work(test, { agent: "coder" }, enough.signal, atOnce);
  const { data } = await test.until("evolution.proposed");
  if (passes) await rm(sign);
  return {
    test,
    before,
    proposal: data,
    /** Ends the work that is given to it. */
    over: async () => {
      enough.abort();
      await working;
    },
  };
}

/** Gives work, so many tasks at a time, until it is enough. */
async function work(test: TestEngine, request: object, enough: AbortSignal, atOnce = 3): Promise<void> {
  const one = async () => {
    while (!enough.aborted) await test.run(request);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

/** What is not low waits for a person, who says yes. */
async function approved(test: TestEngine, id: string): Promise<void> {
  const client = await test.client();
  const answer = await client.evolution[":id"][":order"].$post({ param: { id, order: "approve" }, json: {} });
  expect(answer.status).toBe(200);
}

/** Rejects where the trial is decided otherwise: what would follow is then never told. */
async function decided(test: TestEngine, verdict: "keep" | "rollback"): Promise<void> {
  const { data } = await test.until("evolution.decided");
  if (data.verdict !== verdict) throw new Error(`it was decided to ${data.verdict}: ${JSON.stringify(data)}`);
}

describe("an improvement that helps a real agent", () => {
  it.each(helps)("is kept: $kind", { timeout: 120_000 }, async (one) => {
    const { test, proposal, before, over } = await proposed(one);
    expect(proposal).toMatchObject({ kind: one.kind, agentId: "coder" });
    expect(proposal.evidence.length).toBeGreaterThanOrEqual(3);
    expect(proposal.asks).toBe(proposal.risk !== "low");
    if (proposal.asks) await approved(test, proposal.improvementId);
    const [{ data }] = await Promise.all([test.until("evolution.kept"), decided(test, "keep")]);
    await over();
    const { spec, configVersion } = test.engine.runtime.agents.get("coder");
    expect(configVersion).toBe(data.version);
    expect({ config: spec.config, concurrency: spec.concurrency, tuning: spec.tuning ?? {} }).toEqual({
      config: proposal.after.config,
      concurrency: proposal.after.concurrency,
      tuning: proposal.after.tuning,
    });
    expect(test.told("evolution.decided")).toMatchObject([{ data: { verdict: "keep", reason: "better" } }]);
    // Taken back by a person: what was before is there again, byte for byte.
    const client = await test.client();
    const id = proposal.improvementId;
    await client.evolution[":id"][":order"].$post({
      param: { id, order: "rollback" },
      json: { reason: "only a test" },
    });
    expect((await test.until("evolution.rolled_back")).data.same).toBe(true);
    const now = test.engine.runtime.agents.get("coder").spec;
    expect(canonical({ ...now, tuning: now.tuning ?? {} })).toBe(
      canonical({ tuning: {}, ...(JSON.parse(before) as object) }),
    );
  });
});

describe("an improvement that hurts a real agent", () => {
  it.each(hurts)("is rolled back: $kind", { timeout: 120_000 }, async (one) => {
    const { test, proposal, before, over } = await proposed(one);
    expect(proposal).toMatchObject({ kind: one.kind, agentId: "coder" });
    if (proposal.asks) await approved(test, proposal.improvementId);
    const [{ data }] = await Promise.all([test.until("evolution.rolled_back"), decided(test, "rollback")]);
    await over();
    expect(data).toMatchObject({ same: true, version: 1 });
    const [judged] = test.told("evolution.decided");
    expect(judged?.data.verdict).toBe("rollback");
    expect(judged?.data.difference?.high).toBeLessThan(0);
    expect(test.told("agent.configured")).toEqual([]);
    expect(canonical(test.engine.runtime.agents.get("coder").spec)).toBe(before);
  });
});

describe("an improvement that harms what it is compared with", () => {
  // Its own second attempts pay, and the tasks that come after pay for them: as a comparison of the two it is a gain.
  it("is rolled back as no gain, and the agent works as before: retry", { timeout: 120_000 }, async () => {
    const { test, proposal, before, over } = await proposed({
      kind: "retry",
      script: account,
      passes: false,
      atOnce: 1,
    });
    expect(proposal).toMatchObject({ kind: "retry", agentId: "coder", asks: false, past: { length: 24 } });
    const [{ data }] = await Promise.all([test.until("evolution.rolled_back"), decided(test, "rollback")]);
    await over();
    expect(data).toMatchObject({ same: true, version: 1 });
    const [judged] = test.told("evolution.decided");
    expect(judged?.data).toMatchObject({
      verdict: "rollback",
      reason: "interference",
      interference: { verdict: "worse", before: { failed: 3, tasks: 24 } },
    });
    expect(judged?.data.difference?.mean).toBeGreaterThan(0.5);
    expect(canonical(test.engine.runtime.agents.get("coder").spec)).toBe(before);
    const since = judged?.data.interference?.since;
    const why = `the present version itself began to fail more while this was tried: 3 of 24 failed before, ${since?.failed} of ${since?.tasks} since`;
    const url = test.engine.url ?? "";
    await writeRunningFile(test.dataDir, { url, pid: process.pid, version: "0.0.0-test" });
    const told = await aios(["evolution", "show", proposal.improvementId], { env: { AIOS_DATA_DIR: test.dataDir } });
    expect(told.out.replace(/\s+/g, " ")).toContain(why);
    for (let n = 0; n < 12; n++) await test.run({ agent: "coder" });
    const ends: string[] = [];
    for (let n = 0; n < 24; n++) ends.push((await test.run({ agent: "coder" })).state);
    expect(ends.filter((state) => state === "succeeded")).toHaveLength(21);
    expect(test.told("evolution.trial_started")).toHaveLength(1);
  });
});

describe("a quarantine", () => {
  /** Two agents that can do the same work; `coder` has worked alone until it is proposed to be taken out. */
  async function quarantined(scripts: { readonly coder: string; readonly writer: string }) {
    const room = await tempDir();
    await mkdir(room, { recursive: true });
    const test = await TestEngine.open({ config: { tasks: { maxConcurrent: 6, retries: 0 } }, http: true });
    const about = { concurrency: 3, policy: patient, capabilities: ["write"] };
    for (const [id, script] of Object.entries(scripts))
      await test.agent(id, ["sh", "-c", script], { output: "text", env: { ROOM: room } }, about);
    for (let n = 0; n < 45; n++) await test.run({ agent: "coder", input: String(n) });
    const [asked] = test.told("evolution.proposed");
    expect(asked?.data).toMatchObject({ kind: "quarantine", risk: "high", asks: true, kin: ["writer"] });
    await approved(test, asked?.data.improvementId ?? "");
    await test.until("agent.drained");
    const enough = new AbortController();
    return { test, enough, working: work(test, { capability: "write" }, enough.signal) };
  }

  it("holds where others do the work better", { timeout: 120_000 }, async () => {
    const { test, enough, working } = await quarantined({ coder: broken, writer: "true" });
    await test.until("evolution.kept");
    enough.abort();
    await working;
    expect(test.engine.runtime.agents.get("coder").accepting).toBe("drained");
  });

  it("ends where others do it worse", { timeout: 120_000 }, async () => {
    const coder = `read n; [ $n -lt 41 ] || { ${broken}; }`;
    const { test, enough, working } = await quarantined({ coder, writer: "false" });
    const { data } = await test.until("evolution.rolled_back");
    enough.abort();
    await working;
    expect(data.same).toBe(true);
    expect(test.engine.runtime.agents.get("coder").accepting).toBe("yes");
    expect(test.told("evolution.decided")[0]?.data.verdict).toBe("rollback");
  });
});
