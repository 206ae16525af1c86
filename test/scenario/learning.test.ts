import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { expect, it, onTestFinished } from "vitest";
import { chatServer } from "../support/chat-server.ts";
import { unlockingAgent } from "../support/unlocking-agent.ts";
import { openBrowser } from "./support/browser.ts";
import { ask, type BuiltEngine, startEngine } from "./support/built-engine.ts";
import { openPage, SHOWN, showTab } from "./support/page.ts";

/* What a real program's failures lead to, in a real browser and at the command line: a lesson with advice that a model
   wrote, and a change that runs in shadow. */

const main = path.resolve("dist/main.js");
const WRITTEN = "Ask whoever locked it to let go first.";

interface Improvement {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly restored?: boolean;
}

/** A clerk that fails, an engine that asks a model for advice, and the tab that shows what is learned. */
async function life() {
  const browser = await openBrowser();
  onTestFinished(() => browser.close());
  const place = await mkdtemp(path.join(tmpdir(), "aios-learning-"));
  onTestFinished(() => rm(place, { recursive: true, force: true, maxRetries: 3 }));
  const writer = { url: (await chatServer(WRITTEN)).url, model: "scribe" };
  const config = { lessons: { writer }, evolution: { shadow: { tasks: 6, share: 1 } } };
  await writeFile(path.join(place, "aios.config.json"), JSON.stringify(config));
  const engine = await startEngine(place);
  onTestFinished(() => engine.kill());
  await ask(engine, "POST", "/api/v1/agents", {
    id: "clerk",
    kind: "process",
    config: { command: [process.execPath, "-e", unlockingAgent], output: "ndjson" },
    policy: { failureThreshold: 1_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 1_000 },
    alternatives: [{ kind: "advice", advice: "unlock it first" }],
    shadow: "safe",
  });
  const page = await openPage(browser, engine);
  await showTab(page, "evolution");
  return { browser, engine, page };
}

async function work(engine: BuiltEngine, works: boolean, advised: boolean): Promise<void> {
  const body = { agent: "clerk", retries: 0, input: { works, advised } };
  const { id } = await ask<{ id: string }>(engine, "POST", "/api/v1/tasks", body);
  const state = async () => (await ask<{ state: string }>(engine, "GET", `/api/v1/tasks/${id}`)).state;
  await expect.poll(state, SHOWN).toMatch(/^(?:succeeded|failed|dead)$/);
}

async function improvementIn(engine: BuiltEngine): Promise<Improvement | undefined> {
  const { items } = await ask<{ items: readonly Improvement[] }>(engine, "GET", "/api/v1/evolution");
  return items.find(({ kind }) => kind === "advice");
}

/** What a command prints, its lines as one. */
async function aios({ dataDir }: BuiltEngine, ...words: string[]): Promise<string> {
  const env = { PATH: process.env["PATH"], HOME: dataDir, AIOS_DATA_DIR: dataDir };
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...words], { cwd: dataDir, env });
  return stdout.replace(/\s+/g, " ");
}

/** Advice that a model wrote is shown as such, beside the engine's own text. */
async function expectAdvice(page: Page, engine: BuiltEngine): Promise<void> {
  const advice = page.locator("[data-testid^=advice-lesson-]");
  await advice.waitFor(SHOWN);
  expect(await advice.innerText()).toBe(`Written by llm/scribe, not verified: ${WRITTEN}`);
  const row = page.locator("tr[data-testid^=lesson-]");
  expect(await row.innerText()).toContain("Cause: the agent said that it failed");
  const [id = ""] = /lesson-\w{16}/.exec((await row.getAttribute("data-testid")) ?? "") ?? [];
  expect(await aios(engine, "lessons", "show", id)).toContain(`${WRITTEN} (written by llm/scribe, not verified)`);
}

it("what is learned from a program that fails is shown and can be taken back", async () => {
  const { browser, engine, page } = await life();
  for (let n = 0; n < 3; n++) await work(engine, false, false);
  await expectAdvice(page, engine);

  await expect.poll(async () => (await improvementIn(engine))?.state, SHOWN).toBe("shadowing");
  const { id = "" } = (await improvementIn(engine)) ?? {};
  await work(engine, true, false);
  const shadow = page.getByTestId(`shadow-${id}`);
  await shadow.getByText("1 of 6 tasks copied").waitFor(SHOWN);
  expect(await shadow.innerText()).toBe(
    "In shadow: 1 of 6 tasks copied; 1 succeeded, of the copies 0. Copies count nowhere.",
  );
  expect(await aios(engine, "evolution", "show", id)).toMatch(/shadow.*1 of 6/i);
  const row = page.getByTestId(`improvement-${id}`);
  await row.getByRole("button", { name: "Take back" }).click();
  await page.getByRole("status").getByText("Improvement taken back").waitFor(SHOWN);
  await row.getByText("what held before holds again, byte for byte").waitFor(SHOWN);
  expect(await improvementIn(engine)).toMatchObject({ state: "rolled_back", restored: true });
  expect(browser.complaints).toEqual([]);
}, 120_000);
