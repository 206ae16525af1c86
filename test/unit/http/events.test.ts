import { describe, expect, it } from "vitest";
import { type TestDoors, testDoors } from "../../support/http-deps.ts";

const lastSequence = (doors: TestDoors) => doors.deps.events.lastSequence();

describe("POST /api/v1/events", () => {
  it("answers 202 with id and sequence for the short form", async () => {
    const doors = await testDoors();
    const answer = await doors.ask("POST", "/api/v1/events", { json: { type: "build.finished", data: { ok: true } } });
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ id: expect.any(String), sequence: 1 });
    const stored = await doors.ask("GET", "/api/v1/events");
    expect(stored.json).toMatchObject({
      items: [{ type: "build.finished", data: { ok: true }, principal: "operator:first", sequence: 1 }],
      next: null,
    });
  });

  it("takes a structured CloudEvent, and takes it once", async () => {
    const doors = await testDoors();
    const event = { specversion: "1.0", id: "42", source: "/ci", type: "build.finished", data: { ok: true } };
    const send = () =>
      doors.ask("POST", "/api/v1/events", {
        body: JSON.stringify(event),
        headers: { "content-type": "application/cloudevents+json; charset=utf-8" },
      });
    expect((await send()).json).toEqual({ id: "42", sequence: 1 });
    expect((await send()).json).toEqual({ id: "42", sequence: 1 });
    expect(lastSequence(doors)).toBe(1);
  });

  it("takes a binary CloudEvent: context in headers, data in the body", async () => {
    const doors = await testDoors();
    const answer = await doors.ask("POST", "/api/v1/events", {
      json: { ok: true },
      headers: {
        "ce-specversion": "1.0",
        "ce-id": "7",
        "ce-source": "/ci",
        "ce-type": "build.finished",
        "ce-subject": "caf%C3%A9",
      },
    });
    expect(answer).toMatchObject({ status: 202, json: { id: "7" } });
    const stored = await doors.ask("GET", "/api/v1/events?subject=caf%C3%A9");
    expect(stored.json).toMatchObject({ items: [{ id: "7", source: "/ci", data: { ok: true } }] });
  });

  it.each([
    ["an array", "application/json", (events: unknown[]) => JSON.stringify(events)],
    ["a CloudEvents batch", "application/cloudevents-batch+json", (events: unknown[]) => JSON.stringify(events)],
    ["lines", "application/x-ndjson", (events: unknown[]) => events.map((event) => JSON.stringify(event)).join("\n")],
  ])("takes %s in its order", async (_, contentType, write) => {
    const doors = await testDoors();
    const body = write([1, 2, 3].map((n) => ({ type: "a.b", data: { n } })));
    const answer = await doors.ask("POST", "/api/v1/events", { body, headers: { "content-type": contentType } });
    expect(answer).toMatchObject({ status: 202, json: { items: [{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }] } });
    const stored = await doors.ask("GET", "/api/v1/events");
    expect((stored.json as { items: { data: unknown }[] }).items.map(({ data }) => data)).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
  });

  it("accepts nothing of a batch with a bad event, and names each by its index", async () => {
    const doors = await testDoors();
    const body = ['{"type":"a.b"}', '{"type":', '{"type":"task.failed"}'].join("\n");
    const answer = await doors.ask("POST", "/api/v1/events", {
      body,
      headers: { "content-type": "application/x-ndjson" },
    });
    expect(answer.status).toBe(400);
    const { errors, detail } = answer.json as { errors: { path: string }[]; detail: string };
    expect(errors.map(({ path }) => path)).toEqual(["[1]", "[2].type"]);
    expect(detail).toContain("nothing of the batch was accepted");
    expect(lastSequence(doors)).toBe(0);
  });

  it.each([
    ["an event over 1 MiB", { type: "a.b", data: { text: "x".repeat(1_048_576) } }, 413, "event.too_large"],
    ["the engine's own type", { type: "task.failed", data: {} }, 403, "event.reserved"],
    ["a bad name", { type: "nope" }, 400, "event.unknown_type"],
  ])("refuses %s", async (_, json, status, code) => {
    const doors = await testDoors();
    expect(await doors.ask("POST", "/api/v1/events", { json })).toMatchObject({ status, json: { code } });
    expect(lastSequence(doors)).toBe(0);
  });

  it("refuses a body that is not JSON, or does not say so", async () => {
    const doors = await testDoors();
    const headers = { "content-type": "application/json" };
    const broken = await doors.ask("POST", "/api/v1/events", { body: '{"type":', headers });
    expect(broken).toMatchObject({ status: 400, json: { code: "input.invalid" } });
    const form = await doors.ask("POST", "/api/v1/events", { body: "{}", headers: { "content-type": "text/plain" } });
    expect(form).toMatchObject({ status: 400, json: { detail: 'The content type is "text/plain"' } });
  });

  it("takes an event once under one Idempotency-Key, and a batch too", async () => {
    const doors = await testDoors();
    const send = (json: unknown, key: string) =>
      doors.ask("POST", "/api/v1/events", { json, headers: { "idempotency-key": key } });
    const first = await send({ type: "a.b" }, "k");
    const again = await send({ type: "a.b" }, "k");
    expect(again.json).toEqual(first.json);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    await send([{ type: "a.b" }, { type: "a.c" }], "batch");
    await send([{ type: "a.b" }, { type: "a.c" }], "batch");
    expect(lastSequence(doors)).toBe(3);
    expect(await send({ type: "a.other" }, "k")).toMatchObject({ status: 409, json: { code: "conflict" } });
  });
});

describe("GET /api/v1/events", () => {
  it("pages by sequence and filters by topic, severity and subject", async () => {
    const doors = await testDoors();
    for (let n = 1; n <= 5; n++) await doors.bus.publish({ type: n % 2 ? "build.ok" : "test.bad.x", data: { n } });
    await doors.bus.publish({ type: "build.ok", data: {}, severity: "error", subject: "s" });
    const first = await doors.ask("GET", "/api/v1/events?type=build.*&limit=2");
    expect(first.json).toMatchObject({ items: [{ sequence: 1 }, { sequence: 3 }], next: 3 });
    const second = await doors.ask("GET", "/api/v1/events?type=build.*&limit=2&after=3");
    expect(second.json).toMatchObject({ items: [{ sequence: 5 }, { sequence: 6 }], next: null });
    expect((await doors.ask("GET", "/api/v1/events?severity=warning")).json).toMatchObject({
      items: [{ sequence: 6 }],
    });
    expect((await doors.ask("GET", "/api/v1/events?subject=s")).json).toMatchObject({ items: [{ sequence: 6 }] });
    expect((await doors.ask("GET", "/api/v1/events?type=test.**")).json).toMatchObject({ items: [{}, {}] });
  });

  it("gives the newest first when asked, however long the journal", async () => {
    const doors = await testDoors();
    for (let n = 1; n <= 4500; n++) await doors.bus.publish({ type: n === 3 ? "rare.one" : "a.b", data: {} });
    const newest = await doors.ask("GET", "/api/v1/events?order=newest&limit=2");
    expect(newest.json).toMatchObject({ items: [{ sequence: 4500 }, { sequence: 4499 }] });
    const rare = await doors.ask("GET", "/api/v1/events?order=newest&type=rare.*");
    expect(rare.json).toMatchObject({ items: [{ sequence: 3 }] });
  });

  it("names the member of the query that is wrong", async () => {
    const doors = await testDoors();
    const answer = await doors.ask("GET", "/api/v1/events?limit=0&after=x");
    expect(answer.status).toBe(400);
    expect((answer.json as { errors: { path: string }[] }).errors.map(({ path }) => path).sort()).toEqual([
      "after",
      "limit",
    ]);
  });
});
