import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { reachOf, rights } from "../../../src/http/principals.ts";
import { testDoors } from "../../support/http-deps.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

describe("who gets in", () => {
  it("needs a token for everything under /api/v1, reads too", async () => {
    const doors = await testDoors();
    for (const path of [
      "/api/v1/tasks",
      "/api/v1/events",
      "/api/v1/self",
      "/api/v1/memory/items",
      "/ws",
      "/ws/inspect",
      "/mcp",
    ]) {
      const answer = await doors.ask("GET", path, { as: "nobody" });
      expect([path, answer.status, answer.headers.get("www-authenticate")]).toEqual([path, 401, 'Bearer realm="aios"']);
    }
  });

  it("needs none for health, metrics and the description", async () => {
    const doors = await testDoors();
    for (const path of ["/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/docs/style.css"])
      expect([path, (await doors.ask("GET", path, { as: "nobody" })).status]).toEqual([path, 200]);
  });

  it("refuses a token that it does not know, and does not fall back to a cookie", async () => {
    const doors = await testDoors();
    const answer = await doors.ask("GET", "/api/v1/self", {
      as: "nobody",
      headers: { authorization: "Bearer aios_no" },
    });
    expect(answer).toMatchObject({ status: 401, json: { code: "auth.missing" } });
  });

  it("lets a viewer read and refuses it every change", async () => {
    const doors = await testDoors();
    expect((await doors.ask("GET", "/api/v1/tasks", { as: "viewer" })).status).toBe(200);
    const changes: [string, string][] = [
      ["POST", "/api/v1/events"],
      ["POST", "/api/v1/tasks"],
      ["POST", "/api/v1/agents"],
      ["POST", "/api/v1/agents/coder/stop"],
      ["PUT", "/api/v1/agents/coder/configuration"],
      ["POST", "/api/v1/playbooks/restart/disable"],
      ["POST", "/api/v1/approvals/a-1/approve"],
      ["POST", "/api/v1/incidents/i-1/resolve"],
      ["POST", "/api/v1/deadletters/d-1/replay"],
      ["POST", "/api/v1/memory/items"],
      ["POST", "/api/v1/memory/import"],
      ["POST", "/api/v1/pause"],
      ["DELETE", "/api/v1/pause"],
      ["POST", "/api/v1/tokens"],
      ["POST", "/api/v1/tickets"],
    ];
    for (const [method, path] of changes) {
      const json = method === "DELETE" ? undefined : {};
      const answer = await doors.ask(method, path, { as: "viewer", ...(json === undefined ? {} : { json }) });
      expect([path, answer.status]).toEqual([path, 403]);
    }
  });

  it("shows an agent its own tasks and hides that others exist", async () => {
    const doors = await testDoors();
    const listed = await doors.ask("GET", "/api/v1/tasks", { as: "coder" });
    expect(listed.json).toMatchObject({ items: [{ id: "t-coder" }], next: null });
    expect((await doors.ask("GET", "/api/v1/tasks/t-other", { as: "coder" })).status).toBe(404);
    expect((await doors.ask("POST", "/api/v1/tasks/t-other/cancel", { as: "coder" })).status).toBe(404);
    expect((await doors.ask("GET", "/api/v1/agents/other", { as: "coder" })).status).toBe(404);
    expect((await doors.ask("GET", "/api/v1/agents/coder/configuration", { as: "coder" })).status).toBe(200);
  });

  it("lets an agent submit for itself only", async () => {
    const doors = await testDoors();
    const own = await doors.ask("POST", "/api/v1/tasks", { as: "coder", json: { input: 1 } });
    expect(own).toMatchObject({ status: 202, json: { agent: "coder", submittedBy: "agent:coder" } });
    const other = await doors.ask("POST", "/api/v1/tasks", { as: "coder", json: { input: 1, agent: "other" } });
    expect(other).toMatchObject({ status: 403, json: { errors: [{ path: "agent" }] } });
  });

  it("asks the memory as the agent, whatever space the agent names", async () => {
    const doors = await testDoors();
    const secret = { key: "s", content: "secret", space: "agent:other" };
    await doors.ask("POST", "/api/v1/memory/items", { json: secret });
    expect((await doors.ask("GET", "/api/v1/memory/items/s?space=agent:other", { as: "coder" })).status).toBe(404);
    const found = await doors.ask("POST", "/api/v1/memory/query", {
      as: "coder",
      json: { text: "secret", space: "agent:other" },
    });
    expect(found.json).toMatchObject({ items: [] });
    const stored = await doors.ask("POST", "/api/v1/memory/items", { as: "coder", json: secret });
    expect(stored).toMatchObject({ status: 403, json: { code: "auth.refused" } });
  });

  it("lets no agent approve, read the journal, or make tokens", async () => {
    const doors = await testDoors();
    expect((await doors.ask("POST", "/api/v1/approvals/a-1/approve", { as: "coder", json: {} })).status).toBe(403);
    expect((await doors.ask("GET", "/api/v1/events", { as: "coder" })).status).toBe(403);
    expect((await doors.ask("POST", "/api/v1/tokens", { as: "coder", json: { role: "viewer" } })).status).toBe(403);
  });
});

describe("Host and Origin", () => {
  it.each(["localhost", "127.0.0.1:8765", "[::1]:8765", "aios.example", "aios.example:8443"])(
    "is addressed as %s",
    async (host) => {
      const doors = await testDoors();
      expect((await doors.ask("GET", `http://${host}/healthz`)).status).toBe(200);
    },
  );

  it.each(["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"])("refuses the name %s", async (host) => {
    const doors = await testDoors();
    expect(await doors.ask("GET", `http://${host}/healthz`)).toMatchObject({
      status: 403,
      json: { code: "auth.origin" },
    });
    expect((await doors.ask("GET", "/healthz", { headers: { host } })).status).toBe(403);
  });

  it.each(["https://evil.example", "null", "http://localhost:3000", "file://", "http://localhost.evil.example"])(
    "refuses pages of %s",
    async (origin) => {
      const doors = await testDoors();
      const answer = await doors.ask("GET", "http://localhost:8765/api/v1/self", { headers: { origin } });
      expect([origin, answer.status]).toEqual([origin, 403]);
    },
  );

  it("lets its own pages in, and those it was told to allow", async () => {
    const doors = await testDoors();
    for (const origin of ["http://localhost:8765", "https://aios.example"])
      expect((await doors.ask("GET", "http://localhost:8765/api/v1/self", { headers: { origin } })).status).toBe(200);
  });
});

describe("the browser's way in", () => {
  it("gives a session for a ticket, once, in a cookie that no script and no other site can use", async () => {
    const doors = await testDoors();
    const made = await doors.ask("POST", "/api/v1/tickets");
    const { path } = made.json as { path: string };
    const first = await doors.ask("GET", path, { as: "nobody" });
    expect([first.status, first.headers.get("location")]).toEqual([303, "/"]);
    const cookie = first.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^aios_session=[0-9a-f]{64}; /);
    expect(cookie).toContain("HttpOnly");
    expect(cookie).toContain("SameSite=Strict");
    const session = { as: "nobody", headers: { cookie: cookie.split(";")[0] ?? "" } } as const;
    expect((await doors.ask("GET", "/api/v1/self", session)).json).toEqual({ role: "operator", id: "first" });
    const again = await doors.ask("GET", path, { as: "nobody" });
    expect(again).toMatchObject({ status: 403, json: { code: "auth.refused" } });
  });

  it("forgets tickets after an hour and sessions after twelve without use", async () => {
    const clock = new VirtualClock();
    const doors = await testDoors({ clock });
    const ticket = (await doors.ask("POST", "/api/v1/tickets")).json as { path: string };
    const late = (await doors.ask("POST", "/api/v1/tickets")).json as { path: string };
    const entered = await doors.ask("GET", ticket.path, { as: "nobody" });
    const cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
    const whoAmI = async () => (await doors.ask("GET", "/api/v1/self", { as: "nobody", headers: { cookie } })).status;
    clock.advanceSync(3_600_000);
    expect((await doors.ask("GET", late.path, { as: "nobody" })).status).toBe(403);
    clock.advanceSync(11 * 3_600_000 - 1);
    expect(await whoAmI()).toBe(200);
    clock.advanceSync(12 * 3_600_000);
    expect(await whoAmI()).toBe(401);
  });

  it("ends a session when the token it came from is revoked", async () => {
    const doors = await testDoors();
    const made = (await doors.ask("POST", "/api/v1/tokens", { json: { role: "operator", label: "laptop" } })).json as {
      id: string;
      token: string;
    };
    const bearer = { as: "nobody", headers: { authorization: `Bearer ${made.token}` } } as const;
    const { path } = (await doors.ask("POST", "/api/v1/tickets", bearer)).json as { path: string };
    const cookie = (await doors.ask("GET", path, { as: "nobody" })).headers.get("set-cookie")?.split(";")[0] ?? "";
    expect((await doors.ask("DELETE", `/api/v1/tokens/${made.id}`)).status).toBe(200);
    expect((await doors.ask("GET", "/api/v1/self", { as: "nobody", headers: { cookie } })).status).toBe(401);
    expect((await doors.ask("GET", "/api/v1/self", bearer)).status).toBe(401);
  });
});

describe("principals", () => {
  it("are described as the table has them", () => {
    const document = readFileSync(new URL("../../../docs/reference/principals.md", import.meta.url), "utf8");
    const described = document.split("\n").filter((line) => line.startsWith("| `"));
    const roles = ["operator", "viewer", "agent"] as const;
    const expected = Object.entries(rights).map(([right, granted]: [string, Partial<Record<string, string>>]) => {
      const cells = roles.map((role) => granted[role] ?? "no");
      return `| \`${right}\` | ${cells.join(" | ")} |`;
    });
    expect(described).toEqual(expected);
  });

  it("give an agent nothing that reaches beyond itself", () => {
    for (const right of Object.keys(rights) as (keyof typeof rights)[])
      expect(reachOf({ role: "agent", id: "x", agentId: "coder" }, right)).not.toBe("all");
  });
});
