import { describe, expect, it } from "vitest";
import type { TaskInput } from "../../../src/http/shapes/task.ts";
import { AiosError } from "../../../src/kernel/errors.ts";
import { testDoors } from "../../support/http-deps.ts";

/** Method, path, body, and what the answer must contain. */
const walks: readonly (readonly [string, string, unknown, number, object])[] = [
  ["GET", "/api/v1/self", undefined, 200, { role: "operator" }],
  ["GET", "/api/v1/tasks?state=queued&agent=coder", undefined, 200, { items: [{ id: "t-coder" }], next: null }],
  ["POST", "/api/v1/tasks", { agent: "coder", input: { a: [1] } }, 202, { state: "queued", input: { a: [1] } }],
  ["GET", "/api/v1/tasks/t-coder", undefined, 200, { id: "t-coder" }],
  ["GET", "/api/v1/tasks/t-coder/output", undefined, 200, { output: { lines: 3 } }],
  ["POST", "/api/v1/tasks/t-coder/cancel", undefined, 202, { state: "cancelled" }],
  ["GET", "/api/v1/agents", undefined, 200, { items: [{ id: "coder" }, { id: "other" }] }],
  ["POST", "/api/v1/agents", { id: "new", kind: "process", config: { command: ["x"] } }, 201, { id: "new" }],
  ["GET", "/api/v1/agents/coder", undefined, 200, { id: "coder", success: { value: null, n: 0 } }],
  ["POST", "/api/v1/agents/coder/drain", undefined, 202, { accepting: "drained" }],
  ["POST", "/api/v1/agents/coder/stop", { reason: "lunch" }, 202, { id: "coder" }],
  ["GET", "/api/v1/agents/coder/configuration", undefined, 200, { items: [{ version: 1, current: true }] }],
  ["PUT", "/api/v1/agents/coder/configuration", { config: { a: 1 } }, 200, { version: 2, config: { a: 1 } }],
  ["GET", "/api/v1/playbooks", undefined, 200, { items: [{ id: "restart" }], refused: [{ file: "bad.json" }] }],
  ["GET", "/api/v1/playbooks/restart", undefined, 200, { id: "restart" }],
  ["POST", "/api/v1/playbooks/restart/disable", undefined, 200, { enabled: false }],
  ["POST", "/api/v1/playbooks/restart/enable", undefined, 200, { enabled: true }],
  ["POST", "/api/v1/playbooks/restart/dry-run", { sequence: 1 }, 200, { verdict: "would_act", planHash: "p" }],
  ["POST", "/api/v1/playbooks/suggest", { text: "it broke" }, 200, { items: [{ playbook: "restart", score: 0.5 }] }],
  ["POST", "/api/v1/playbooks/suggest/dry-run", { sequence: 1 }, 200, { rehearsal: { verdict: "would_act" } }],
  ["POST", "/api/v1/playbooks/explain", { event: { type: "a.b", data: {} } }, 200, { chosen: null }],
  ["GET", "/api/v1/runs?outcome=fixed&target=agent:coder", undefined, 200, { items: [{ id: "r-1" }] }],
  ["GET", "/api/v1/runs?review=true", undefined, 200, { items: [{ id: "r-2", left: ["it stays"] }] }],
  ["GET", "/api/v1/runs?review=false&outcome=fixed", undefined, 200, { items: [{ id: "r-1" }] }],
  ["GET", "/api/v1/runs?outcome=relapsed", undefined, 200, { items: [] }],
  ["GET", "/api/v1/runs/r-1", undefined, 200, { outcome: "fixed" }],
  ["GET", "/api/v1/approvals?state=waiting", undefined, 200, { items: [{ id: "a-1" }] }],
  ["GET", "/api/v1/approvals/a-1", undefined, 200, { id: "a-1", planHash: "p" }],
  ["POST", "/api/v1/approvals/a-1/approve", { planHash: "p" }, 200, { state: "approved", decidedBy: "operator:first" }],
  ["POST", "/api/v1/approvals/a-1/approve", { planHash: "old" }, 409, { code: "approval.stale" }],
  ["POST", "/api/v1/approvals/a-1/reject", undefined, 200, { state: "rejected" }],
  ["GET", "/api/v1/incidents?state=open", undefined, 200, { items: [{ id: "i-1" }] }],
  ["GET", "/api/v1/incidents/i-1", undefined, 200, { id: "i-1", state: "open" }],
  ["POST", "/api/v1/incidents/i-1/acknowledge", undefined, 200, { state: "acknowledged" }],
  ["POST", "/api/v1/incidents/i-1/resolve", { reason: "gone" }, 200, { state: "resolved" }],
  ["POST", "/api/v1/incidents/i-1/silence", { forMs: 1000 }, 200, { silencedUntilMs: expect.any(Number) }],
  ["POST", "/api/v1/incidents/i-1/silence", undefined, 200, { silencedUntilMs: expect.any(Number) }],
  ["GET", "/api/v1/deadletters", undefined, 200, { items: [{ id: "d-1" }] }],
  ["GET", "/api/v1/deadletters/d-1", undefined, 200, { id: "d-1", replayed: false }],
  ["POST", "/api/v1/deadletters/d-1/replay", undefined, 202, { id: "t-other" }],
  ["GET", "/api/v1/score", undefined, 200, { score: null, why: ["not enough data"] }],
  ["GET", "/api/v1/score/history", undefined, 200, { items: [{ sequence: 9 }] }],
  ["POST", "/api/v1/memory/items", { key: "k", content: "c" }, 201, { key: "k", space: "shared" }],
  ["PATCH", "/api/v1/memory/items/nothing", { content: "d" }, 404, { code: "not_found" }],
  ["POST", "/api/v1/memory/query", { text: "c", topK: 5 }, 200, { signals: ["words"] }],
  ["POST", "/api/v1/memory/context", { task: "c" }, 200, { tokens: 0 }],
  ["POST", "/api/v1/memory/links", { from: "a", to: "b", relation: "related_to" }, 201, { done: true }],
  ["DELETE", "/api/v1/memory/links", { from: "a", to: "b" }, 200, { done: true }],
  ["DELETE", "/api/v1/memory/links", { from: "nothing", to: "b" }, 404, { code: "not_found" }],
  ["GET", "/api/v1/memory/items/k/neighbours?depth=4&relation=x", undefined, 200, { nodes: [] }],
  ["GET", "/api/v1/memory/items/k/neighbours?depth=5", undefined, 400, { errors: [{ path: "depth" }] }],
  ["POST", "/api/v1/memory/path", { from: "a", to: "b" }, 200, { links: [] }],
  ["POST", "/api/v1/memory/export", {}, 200, { format: 1 }],
  ["POST", "/api/v1/memory/import", { format: 1, items: [], links: [], checksum: "c" }, 200, { items: 0 }],
  ["GET", "/api/v1/lessons?level=draft", undefined, 200, { items: [], next: null }],
  ["GET", "/api/v1/failures", undefined, 200, { items: [] }],
  ["GET", "/api/v1/evolution", undefined, 200, { items: [] }],
  ["GET", "/api/v1/predictions", undefined, 200, { state: "not_proven", brier: null, items: [] }],
  ["GET", "/api/v1/pause", undefined, 200, { paused: false }],
  ["POST", "/api/v1/pause", { reason: "storm" }, 200, { paused: true, by: "operator:first", reason: "storm" }],
  ["DELETE", "/api/v1/pause", undefined, 200, { paused: false }],
  ["GET", "/api/v1/overview", undefined, 200, { score: { score: null } }],
  ["GET", "/api/v1/performance", undefined, 200, { responseMs: null }],
  ["GET", "/api/v1/machines?machine=agent", undefined, 200, { items: [{ id: "agent/coder" }] }],
  ["GET", "/api/v1/actors?machine=agent", undefined, 200, { items: [{ id: "agent/coder" }] }],
  ["GET", "/api/v1/actors/agent%2Fcoder", undefined, 200, { id: "agent/coder" }],
  ["GET", "/api/v1/actors/agent%2Fcoder/history?after=3&limit=2", undefined, 200, { items: [], next: null }],
  ["POST", "/api/v1/actors/agent%2Fcoder/restart", undefined, 202, { id: "agent/coder" }],
  ["GET", "/api/v1/actors/agent%2Fcoder/history?after=x", undefined, 400, { errors: [{ path: "after" }] }],
  ["GET", "/api/v1/tokens", undefined, 200, { items: [{ role: "operator" }, { role: "viewer" }, { agent: "coder" }] }],
  ["POST", "/api/v1/tokens", { role: "agent" }, 400, { errors: [{ path: "agent" }] }],
  ["GET", "/healthz", undefined, 200, { status: "ok", version: "0.0.0-test" }],
  ["GET", "/readyz", undefined, 200, { ready: true }],
];

describe("routes", () => {
  it.each(walks)("%s %s", async (method, path, json, status, expected) => {
    const doors = await testDoors();
    const answer = await doors.ask(method, path, json === undefined ? {} : { json });
    expect(answer.json).toMatchObject(expected);
    expect(answer.status).toBe(status);
  });

  it("stores, reads, changes, shares, judges and forgets an item", async () => {
    const doors = await testDoors();
    const item = "/api/v1/memory/items/a%2Fb";
    await doors.ask("POST", "/api/v1/memory/items", { json: { key: "a/b", content: "one" } });
    expect((await doors.ask("PATCH", item, { json: { content: "two" } })).json).toMatchObject({ content: "two" });
    expect((await doors.ask("GET", item)).json).toMatchObject({ key: "a/b", content: "two" });
    expect((await doors.ask("POST", `${item}/share`, { json: { with: "agent:coder" } })).status).toBe(200);
    expect((await doors.ask("POST", "/api/v1/memory/feedback", { json: { key: "a/b", helped: true } })).status).toBe(
      200,
    );
    expect((await doors.ask("GET", "/api/v1/memory/items")).json).toMatchObject({ items: [{ key: "a/b" }] });
    expect((await doors.ask("DELETE", item)).status).toBe(200);
    expect((await doors.ask("GET", item)).status).toBe(404);
    expect((await doors.ask("DELETE", item)).status).toBe(404);
  });

  it.each([
    ["/api/v1/tasks/nothing", "task.unknown"],
    ["/api/v1/agents/nothing", "agent.unknown"],
    ["/api/v1/playbooks/nothing", "playbook.unknown"],
    ["/api/v1/runs/nothing", "not_found"],
    ["/api/v1/approvals/nothing", "not_found"],
    ["/api/v1/actors/agent%2Fnothing", "not_found"],
    ["/api/v1/incidents/nothing", "not_found"],
    ["/api/v1/deadletters/nothing", "not_found"],
    ["/api/v1/lessons/nothing", "not_found"],
    ["/api/v1/failures/nothing", "not_found"],
    ["/api/v1/nothing", "not_found"],
    ["/nothing", "not_found"],
  ])("says that %s does not exist", async (path, code) => {
    const doors = await testDoors();
    expect(await doors.ask("GET", path)).toMatchObject({ status: 404, json: { code } });
  });

  it("pages a list by the last key, and says when that key is gone", async () => {
    const doors = await testDoors();
    const first = await doors.ask("GET", "/api/v1/agents?limit=1");
    expect(first.json).toMatchObject({ items: [{ id: "coder" }], next: "coder" });
    const second = await doors.ask("GET", "/api/v1/agents?limit=1&after=coder");
    expect(second.json).toMatchObject({ items: [{ id: "other" }], next: null });
    const gone = await doors.ask("GET", "/api/v1/agents?after=gone");
    expect(gone).toMatchObject({ status: 400, json: { errors: [{ path: "after" }] } });
  });

  it("carries the task's idempotency key, apart for each principal", async () => {
    const doors = await testDoors();
    const seen: (string | undefined)[] = [];
    Object.assign(doors.deps.tasks, {
      submit: (input: TaskInput) => {
        seen.push(input.idempotencyKey);
        return Promise.reject(new AiosError("busy", "not now"));
      },
    });
    await doors.ask("POST", "/api/v1/tasks", { json: { input: 1, idempotencyKey: "k" } });
    await doors.ask("POST", "/api/v1/tasks", { as: "coder", json: { input: 1 }, headers: { "idempotency-key": "k" } });
    expect(seen).toEqual(["operator:first/k", "agent:coder/k"]);
  });
});

describe("what every answer has", () => {
  it("describes a failure as problem details, with its place, its advice and the request's name", async () => {
    const doors = await testDoors();
    const answer = await doors.ask("POST", "/api/v1/tasks", { json: { input: 1, retries: -1, pirority: "P0" } });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.json).toMatchObject({
      type: "urn:aios:failure:input.invalid",
      status: 400,
      code: "input.invalid",
      request: answer.headers.get("x-request-id"),
    });
    const { errors } = answer.json as { errors: { path: string }[] };
    expect(errors.map(({ path }) => path).sort()).toEqual(["pirority", "retries"]);
  });

  it("says after how long to try again", async () => {
    const doors = await testDoors();
    const answer = await doors.ask("POST", "/api/v1/tasks", { json: { input: 1, agent: "full" } });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "7"]);
  });

  it("does not remember a refusal under its Idempotency-Key", async () => {
    const doors = await testDoors();
    const headers = { "idempotency-key": "again" };
    const send = () => doors.ask("POST", "/api/v1/tasks", { json: { input: 1, agent: "full" }, headers });
    expect((await send()).status).toBe(429);
    const second = await send();
    expect([second.status, second.headers.get("idempotent-replayed")]).toEqual([429, null]);
  });

  it("does a change once when it is sent twice at the same time", async () => {
    const doors = await testDoors();
    const send = () =>
      doors.ask("POST", "/api/v1/tasks", { json: { input: 1 }, headers: { "idempotency-key": "twice" } });
    const [one, two] = await Promise.all([send(), send()]);
    expect(one?.json).toEqual(two?.json);
    expect((await doors.ask("GET", "/api/v1/tasks")).json).toMatchObject({ items: { length: 3 } });
  });

  it("keeps what went wrong inside to the log", async () => {
    const doors = await testDoors();
    Object.assign(doors.deps, { overview: () => Promise.reject(new Error("password=hunter2")) });
    const answer = await doors.ask("GET", "/api/v1/overview");
    expect(answer).toMatchObject({ status: 500, json: { code: "internal" } });
    expect(answer.text).not.toContain("hunter2");
  });

  it("refuses a body beyond its limit", async () => {
    const doors = await testDoors();
    const answer = await doors.ask("POST", "/api/v1/tasks", { json: { input: "x".repeat(1_048_576) } });
    expect(answer).toMatchObject({ status: 413, json: { code: "input.too_large" } });
  });

  it("seals its pages, and lets only the inspector keep hold of a window it opens", async () => {
    const doors = await testDoors({ pages: { read: () => Promise.resolve(new TextEncoder().encode("<p>")) } });
    const front = await doors.ask("GET", "/", { as: "nobody" });
    expect(front.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(front.headers.get("x-content-type-options")).toBe("nosniff");
    expect(front.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    const inspect = await doors.ask("GET", "/inspect", { as: "nobody" });
    expect(inspect.headers.get("cross-origin-opener-policy")).toBe("same-origin-allow-popups");
  });
});
