import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { TestEngine } from "../../support/engine.ts";
import { CONFIG_FILE, mending } from "../../support/playbooks.ts";

const asking = {
  id: "ask",
  trigger: { event_type: "build.broken" },
  target: { kind: "host", id: "local" },
  actions: [{ type: "emit_event", params: { event_type: "build.mended" } }],
  validation: { check: "none", settleMs: 10, timeoutMs: 20 },
  grants: ["event.emit:build.mended"],
};

/** One line of the Prometheus text format: a sample, its labels and its value. */
const SAMPLE = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)+)\})? (-?[0-9.e+-]+|\+Inf|NaN)$/;

function parseExposition(text: string): ReadonlyMap<string, number> {
  const typed = new Set<string>();
  const samples = new Map<string, number>();
  for (const line of text.trimEnd().split("\n")) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type?.[1] !== undefined) typed.add(type[1]);
    if (line.startsWith("#")) continue;
    const [, name = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
    if (name === "") throw new Error(`not a sample: ${line}`);
    if (![...typed].some((known) => name === known || name.startsWith(`${known}_`)))
      throw new Error(`no type: ${line}`);
    const key = `${name}{${labels}}`;
    if (samples.has(key)) throw new Error(`twice: ${key}`);
    samples.set(key, Number(value.replace("+Inf", "Infinity")));
  }
  return samples;
}

describe("the doors of a running engine", () => {
  it("say that it is ready, and what it measured in a form that Prometheus reads", async () => {
    const test = await TestEngine.open({ http: true });
    await test.engine.agents.register("secretive", { kind: "function", run: () => 1 });
    await test.run({ agent: "secretive" });
    const { url = "" } = test.engine;
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { ready: true, why: [] }]);
    const metrics = await fetch(`${url}/metrics`);
    expect(metrics.headers.get("content-type")).toContain("version=0.0.4");
    const text = await metrics.text();
    const samples = parseExposition(text);
    expect(samples.get('aios_tasks{state="succeeded"}')).toBe(1);
    expect(samples.get("aios_events_total{}")).toBe(test.engine.runtime.bus.lastSequence);
    expect(samples.get("aios_commit_seconds_count{}")).toBeGreaterThan(0);
    expect([...samples.keys()].some((key) => key.startsWith("aios_score{"))).toBe(false);
    expect(text).not.toContain("secretive");
  });

  it("show the four parts of the overview", async () => {
    const test = await TestEngine.open({ http: true, playbooks: [asking] });
    const client = await test.client();
    const empty = await (await client.overview.$get()).json();
    expect(empty).toMatchObject({ score: { score: null, grade: null }, issues: [], waiting: [] });
    await test.agent("failing", ["false"], { output: "text" });
    await test.run({ agent: "failing", retries: 0 });
    await test.engine.publish({ type: "build.broken", data: {} });
    await test.until("approval.requested");
    const { score, timeline, issues, waiting } = await (await client.overview.$get()).json();
    expect(score.counts.tsr).toBe(1);
    expect(timeline.map(({ type }) => type)).toContain("task.failed");
    expect(issues.map(({ kind }) => kind)).toContain("failure");
    expect(waiting.map(({ kind }) => kind).sort()).toEqual(["approval", "deadletter"]);
  });

  it("take a task in, show it to its owner only, and replay its dead letter", async () => {
    const test = await TestEngine.open({ http: true });
    const client = await test.client();
    await test.agent("fragile", ["sh", "-c", "test -e mended && printf well"], { output: "text" });
    const submitted = await client.tasks.$post({ json: { agent: "fragile", input: 1, retries: 0 } });
    expect(submitted.status).toBe(202);
    const { id } = await submitted.json();
    await test.until("task.failed");
    const made = await client.tokens.$post({ json: { role: "agent", agent: "stranger" } });
    const { token } = (await made.json()) as { readonly token: string };
    const stranger = await test.client(token);
    const hidden = await stranger.tasks[":id"].$get({ param: { id } });
    expect(hidden.status).toBe(404);
    await writeFile(path.join(test.dataDir, "agents/fragile/mended"), "");
    const letters = await (await client.deadletters.$get({ query: {} })).json();
    expect(letters.items).toMatchObject([{ id, task: id, replayed: false }]);
    await client.deadletters[":id"].replay.$post({ param: { id } });
    await test.engine.tasks.finished(id);
    const task = await (await client.tasks[":id"].$get({ param: { id } })).json();
    expect(task).toMatchObject({ state: "succeeded", output: "well" });
    const twice = await client.deadletters[":id"].replay.$post({ param: { id } });
    expect(twice.status).toBe(409);
  });

  it("refuse what cannot be, with a reason for each mistake", async () => {
    const test = await TestEngine.open({ http: true, config: { tasks: { maxQueued: 1 } } });
    const client = await test.client();
    const unknown = await client.tasks.$post({ json: { agent: "nobody", input: 1 } });
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { errors: [{ path: "agent" }] }]);
    await client.tasks.$post({ json: { capability: "none", input: 1 } });
    const busy = await client.tasks.$post({ json: { capability: "none", input: 1 } });
    expect([busy.status, busy.headers.get("retry-after")]).toEqual([429, "5"]);
    const invalid = await client.agents.$post({ json: { id: "a", kind: "process", config: { comand: ["x"] } } });
    expect([invalid.status, await invalid.json()]).toMatchObject([400, { errors: expect.any(Array) as unknown[] }]);
    const library = await client.agents.$post({ json: { id: "a", kind: "function", config: {} } });
    expect(library.status).toBe(400);
    const none = await client.approvals[":id"][":decision"].$post({
      param: { id: "approval-x", decision: "approve" },
      json: {},
    });
    expect(none.status).toBe(404);
  });

  it("register, configure and order agents, versions and all", async () => {
    const test = await TestEngine.open({ http: true });
    const client = await test.client();
    const made = await client.agents.$post({ json: { id: "a", kind: "process", config: { command: ["true"] } } });
    expect([made.status, await made.json()]).toMatchObject([201, { state: "idle", configVersion: 1 }]);
    const param = { id: "a" };
    await client.agents[":id"].configuration.$put({ param, json: { config: { command: ["false"] } } });
    const versions = await (await client.agents[":id"].configuration.$get({ param, query: {} })).json();
    expect(versions.items.map(({ version, current }) => [version, current])).toEqual([
      [2, true],
      [1, false],
    ]);
    const order = async (command: "drain" | "start" | "archive" | "reset") => {
      const response = await client.agents[":id"][":command"].$post({ param: { ...param, command }, json: {} });
      return response.json();
    };
    expect(await order("drain")).toMatchObject({ accepting: "drained" });
    expect(await order("start")).toMatchObject({ accepting: "yes" });
    expect(await order("archive")).toMatchObject({ accepting: "archived" });
    expect(await order("start")).toMatchObject({ status: 409 });
    expect(await order("reset")).toMatchObject({ accepting: "yes" });
  });

  it("explain and rehearse a playbook with the plan that would be carried out, doing nothing", async () => {
    const test = await TestEngine.open({ http: true, playbooks: [mending(), asking] });
    const client = await test.client();
    const choice = { event: { type: "build.broken", data: {} } };
    const told = await (await client.playbooks.explain.$post({ json: choice })).json();
    expect(told.chosen).toBe("ask");
    expect(told.considered.map(({ playbook, verdict, follows }) => [playbook, verdict, follows])).toEqual([
      ["ask", "match", "it asks a person"],
      ["mend", "match", "a playbook that is better proven goes first"],
    ]);
    const dry = async (id: string) => {
      const response = await client.playbooks[":id"]["dry-run"].$post({ param: { id }, json: choice });
      return response.json();
    };
    expect(await dry("mend")).toMatchObject({ verdict: "would_act", target: { kind: "file", id: CONFIG_FILE } });
    const rehearsed = await dry("ask");
    expect(rehearsed).toMatchObject({ verdict: "would_ask" });
    expect(test.told("playbook.matched")).toEqual([]);
    await test.engine.publish({ type: "build.broken", data: {} });
    const { data } = await test.until("playbook.matched");
    expect(rehearsed).toMatchObject({ planHash: data.planHash });
  });

  it("show a run from its approval to its verdict, and an incident until a person closes it", async () => {
    const test = await TestEngine.open({ http: true, playbooks: [asking] });
    const client = await test.client();
    await test.engine.publish({ type: "build.broken", data: {} });
    const { data } = await test.until("approval.requested");
    const run = async () => (await client.runs[":id"].$get({ param: { id: data.runId } })).json();
    expect(await run()).toMatchObject({ state: "awaiting_approval", outcome: null, approval: data.approvalId });
    const waiting = await (await client.approvals.$get({ query: { state: "waiting" } })).json();
    expect(waiting.items).toMatchObject([{ id: data.approvalId, plan: { rollback: true } }]);
    const param = { id: data.approvalId, decision: "approve" as const };
    const stale = await client.approvals[":id"][":decision"].$post({ param, json: { planHash: "another" } });
    expect(stale.status).toBe(409);
    await client.approvals[":id"][":decision"].$post({ param, json: { planHash: data.planHash } });
    await test.until("incident.opened");
    expect(await run()).toMatchObject({ state: "settled", outcome: "unverified", steps: [{ state: "done" }] });
    const [incident] = (await (await client.incidents.$get({ query: {} })).json()).items;
    const { id = "" } = incident ?? {};
    expect(incident).toMatchObject({ state: "open", needsPerson: true, runs: [data.runId] });
    await client.incidents[":id"].acknowledge.$post({ param: { id } });
    const over = await client.incidents[":id"].resolve.$post({ param: { id }, json: { reason: "done by hand" } });
    expect(await over.json()).toMatchObject({ state: "resolved" });
    const again = await client.incidents[":id"].resolve.$post({ param: { id }, json: {} });
    expect(again.status).toBe(409);
  });

  it("pause and resume, and say who did", async () => {
    const test = await TestEngine.open({ http: true, playbooks: [asking] });
    const client = await test.client();
    const paused = await (await client.pause.$post({ json: { reason: "careful" } })).json();
    expect(paused).toMatchObject({ paused: true, reason: "careful", by: "operator:first" });
    await test.engine.publish({ type: "build.broken", data: {} });
    expect((await test.until("playbook.suppressed")).data.reason).toBe("paused");
    expect(await (await client.pause.$delete()).json()).toMatchObject({ paused: false });
  });
});
