import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checks } from "../../../src/actions/checks/index.ts";
import type { Params } from "../../../src/domain/playbook/schema.ts";
import { openWorld, type World } from "./world.ts";

async function read(world: World, name: string, params: Params): Promise<boolean | null> {
  const check = checks.get(name);
  if (check === undefined) throw new Error(`there is no check ${name}`);
  const { ok, detail } = await check.read(params, world.context([]));
  expect(detail).toMatch(/\w/);
  return ok;
}

describe("resource_below", () => {
  it("compares a fresh measurement, of the host or of an agent, and cannot tell without one", async () => {
    const world = await openWorld();
    world.engine.readings.set("host cpu", { value: 69.9, unit: "percent", atMs: 1 });
    world.engine.readings.set("a memory", { value: 500, unit: "MiB", atMs: 1 });
    expect(await read(world, "cpu_below_threshold", { threshold: 70 })).toBe(true);
    expect(await read(world, "cpu_below_threshold", { threshold: 69.9 })).toBe(false);
    expect(await read(world, "resource_below", { resource: "memory", threshold: 400, target: "a" })).toBe(false);
    expect(await read(world, "resource_below", { resource: "cpu", threshold: 400, target: "a" })).toBeNull();
  });
});

describe("task_succeeded", () => {
  it.each([
    ["succeeded", true],
    ["failed", false],
    ["dead", false],
    ["cancelled", false],
    ["queued", null],
    ["running", null],
    ["waiting", null],
  ] as const)("of a task that is %s is %s", async (state, ok) => {
    const world = await openWorld();
    world.engine.addTask("t", state);
    expect(await read(world, "task_succeeded", { target: "t" })).toBe(ok);
    expect(await read(world, "task_succeeded", { target: "unknown" })).toBeNull();
  });
});

describe("http_ok", () => {
  it("wants a status and a text; no answer at all is a clear no", async () => {
    const world = await openWorld();
    const url = `http://${world.server.host}/`;
    expect(await read(world, "http_ok", { url })).toBe(true);
    expect(await read(world, "http_ok", { url, contains: "hello" })).toBe(true);
    expect(await read(world, "http_ok", { url, contains: "bye" })).toBe(false);
    world.server.status = 503;
    expect(await read(world, "http_ok", { url })).toBe(false);
    expect(await read(world, "http_ok", { url, status: 503 })).toBe(true);
    expect(await read(world, "http_ok", { url: "http://127.0.0.1:1/" })).toBe(false);
  });
});

describe("file_exists", () => {
  it("sees files, their size and their absence", async () => {
    const world = await openWorld();
    const file = path.join(world.directory, "a.txt");
    expect(await read(world, "file_exists", { path: file })).toBe(false);
    expect(await read(world, "file_exists", { path: file, exists: false })).toBe(true);
    await writeFile(file, "abc");
    expect(await read(world, "file_exists", { path: file, minBytes: 3 })).toBe(true);
    expect(await read(world, "file_exists", { path: file, minBytes: 4 })).toBe(false);
    expect(await read(world, "file_exists", { path: world.directory })).toBe(false);
  });
});

describe("agent_healthy", () => {
  it.each([
    ["idle", "closed", true],
    ["running", "closed", true],
    ["running", "half_open", false],
    ["blocked", "closed", false],
    ["degraded", "open", false],
  ] as const)("of an agent that is %s with its breaker %s is %s", async (state, breaker, ok) => {
    const world = await openWorld();
    await world.engine.addAgent("a", { state, breaker });
    expect(await read(world, "agent_healthy", { target: "a" })).toBe(ok);
    expect(await read(world, "agent_healthy", { target: "unknown" })).toBeNull();
  });
});

describe("process_gone", () => {
  it("is true only when nothing of the tree is left", async () => {
    const world = await openWorld();
    const { processes } = await world.engine.addAgent("a", {}, world.sleeper);
    const [identity] = processes;
    if (identity === undefined) throw new Error("nothing was started");
    const target = { ...identity };
    expect(await read(world, "process_gone", { target: "a" })).toBe(false);
    expect(await read(world, "process_gone", { target })).toBe(false);
    await world.engine.stopAgent("a", { graceMs: 2000, key: "k" });
    expect(await read(world, "process_gone", { target: "a" })).toBe(true);
    expect(await read(world, "process_gone", { target })).toBe(true);
    expect(await read(world, "process_gone", { target: "unknown" })).toBeNull();
  });
});

it("a playbook without a validation can never be verified", async () => {
  expect(await read(await openWorld(), "none", {})).toBeNull();
});
