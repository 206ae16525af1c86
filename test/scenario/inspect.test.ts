import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, openBrowser } from "./support/browser.ts";
import { ask, type BuiltEngine, startEngine, ticketLink } from "./support/built-engine.ts";
import { type ReceiverPage, serveReceiver } from "./support/receiver-page.ts";

const SHOWN = { timeout: 30_000 };
const AGENT = "napper";
const ACTOR = `agent/${AGENT}`;
const sleeper = path.resolve(import.meta.dirname, "../../examples/agents/sleeper.mjs");

/** What the inspection protocol says of one actor, as far as it is looked at here. */
interface Inspected {
  readonly type: string;
  readonly sessionId?: string;
  readonly definition?: string;
  readonly snapshot?: { readonly value?: unknown };
}

let browser: Browser;
let engine: BuiltEngine;
let receiver: ReceiverPage;
let dataDir: string;
let page: Page;

beforeAll(async () => {
  dataDir = await realpath(await mkdtemp(path.join(tmpdir(), "aios-inspect-")));
  [browser, engine, receiver] = await Promise.all([openBrowser(), startEngine(dataDir), serveReceiver()]);
  const config = { command: [process.execPath, sleeper], mode: "one-shot", output: "ndjson", cwd: dataDir };
  await ask(engine, "POST", "/api/v1/agents", { id: AGENT, kind: "process", config });
  page = await browser.page();
  await page.goto(await ticketLink(engine));
  await page.addInitScript(`window.aiosInspectorUrl = ${JSON.stringify(receiver.url)};`);
  await page.goto(`${engine.url}/inspect`);
}, 60_000);
afterAll(async () => {
  await Promise.all([browser.close(), engine.kill(), receiver.close()]);
  await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

/** A task that runs until it is cancelled: moves that follow each other at once are told as one. */
async function beginNap(): Promise<{ cancel(): Promise<unknown> }> {
  const task = { agent: AGENT, input: { napMs: 600_000 } };
  const { id } = await ask<{ id: string }>(engine, "POST", "/api/v1/tasks", task);
  return { cancel: () => ask(engine, "POST", `/api/v1/tasks/${id}/cancel`) };
}

describe("the page of the machines", () => {
  it("lists every machine that runs, in the state that the engine says", async () => {
    const { items } = await ask<{ items: { id: string; machine: string }[] }>(engine, "GET", "/api/v1/machines");
    expect(items.map(({ machine }) => machine)).toEqual(expect.arrayContaining(["scheduler", "reactor", "agent"]));
    for (const { id } of items) await page.getByTestId(`machine-${id}`).waitFor(SHOWN);
    expect(await page.locator("tr[data-testid^=machine-]").count()).toBe(items.length);
    expect(await page.getByTestId(`machine-${ACTOR}`).innerText()).toContain("idle");
  });

  it("draws the machine that is chosen, the state it is in lit, and tells its moves as they happen", async () => {
    await page.getByTestId(`machine-${ACTOR}`).getByRole("link").click();
    const drawing = page.getByTestId("drawing");
    await drawing.waitFor(SHOWN);
    const boxes = await drawing.locator("[data-state]").all();
    const states = await Promise.all(boxes.map((box) => box.getAttribute("data-state")));
    expect(states).toEqual(["idle", "running", "blocked", "degraded", "archived"]);
    await drawing.locator("[data-state=idle][data-lit=true]").waitFor(SHOWN);

    const nap = await beginNap();
    const moves = page.getByTestId("transitions");
    await moves.getByText("idle → running").waitFor(SHOWN);
    await drawing.locator("[data-state=running][data-lit=true]").waitFor(SHOWN);
    await nap.cancel();
    await moves.getByText("running → idle").waitFor(SHOWN);
    await drawing.locator("[data-state=idle][data-lit=true]").waitFor(SHOWN);
  });

  it("opens the inspector in a window of its own and relays the protocol to it, each definition first", async () => {
    const opened = browser.context.waitForEvent("page");
    await page.getByTestId("open-stately").click();
    const inspector = await opened;
    await inspector.waitForLoadState();
    expect(inspector.url()).toBe(receiver.url);

    const received = () => inspector.evaluate<Inspected[]>("window.inspected ?? []");
    const ofAgent = async () => (await received()).filter(({ sessionId }) => sessionId === ACTOR);
    await expect.poll(async () => (await ofAgent()).map(({ type }) => type), SHOWN).toContain("@xstate.actor");
    const nap = await beginNap();
    const value = async () => (await ofAgent()).flatMap(({ snapshot }) => snapshot?.value ?? []).at(-1);
    await expect.poll(value, SHOWN).toBe("running");
    await nap.cancel();
    await expect.poll(value, SHOWN).toBe("idle");

    const [first] = await ofAgent();
    expect(first?.type).toBe("@xstate.actor");
    expect(JSON.parse(first?.definition ?? "{}")).toMatchObject({ id: "agent", states: { idle: {}, running: {} } });
    for (const id of new Set((await received()).map(({ sessionId }) => sessionId))) {
      expect((await received()).find(({ sessionId }) => sessionId === id)?.type, id).toBe("@xstate.actor");
    }
  });

  it("sends nothing more once it was told to stop", async () => {
    const [inspector] = browser.context.pages().filter((one) => one.url() === receiver.url);
    const count = () => inspector?.evaluate<number>("window.inspected.length");
    const moves = () => page.getByTestId("transitions").getByRole("listitem").count();
    await page.getByRole("button", { name: "Stop sending" }).click();
    await expect.poll(() => inspector?.evaluate("window.disconnected"), SHOWN).toBe(true);
    const [sent, seen] = [await count(), await moves()];
    const nap = await beginNap();
    await expect.poll(moves, SHOWN).toBe(seen + 1);
    await nap.cancel();
    await expect.poll(moves, SHOWN).toBe(seen + 2);
    expect(await count()).toBe(sent);
  });

  it("was not complained about by the browser", () => {
    expect(browser.complaints).toEqual([]);
  });
});
