import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seriousFaults } from "./support/accessibility.ts";
import { type Browser, openBrowser, shareIn, textOf } from "./support/browser.ts";
import { ask, type Doors } from "./support/built-engine.ts";
import { type Cutter, openCutter } from "./support/cutter.ts";
import { DemoRun, type Header, journalOf } from "./support/demo-run.ts";
import { writeEdited } from "./support/edited-journal.ts";
import { type Fact, text } from "./support/fold.ts";
import { connection, focused, openPage, pressUntil, SHOWN, showTab, withEngine } from "./support/page.ts";
import { type Standing, standingOf, successOf } from "./support/standing.ts";

/*
 * The page in a real browser over a real engine, beside the journal folded a second time by code that imports nothing of
 * the engine.
 */

const SEED = "1202";
const RUN_MS = 240_000;
const NOT_ENOUGH = "not enough data";

let browser: Browser;
let scratch: string;
beforeAll(async () => {
  browser = await openBrowser();
  scratch = await realpath(await mkdtemp(path.join(tmpdir(), "aios-page-")));
}, 60_000);
afterAll(async () => {
  await browser.close();
  await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
});

async function termsOn(page: Page): Promise<Standing> {
  return {
    tsr: await shareIn(page, "term-tsr"),
    cr: await shareIn(page, "term-cr"),
    uptime: await shareIn(page, "term-uptime"),
    learning: await shareIn(page, "term-learning"),
  };
}

/** Waits until the page shows the terms that the journal gives. Of the time, the page knows that of its last news only. */
async function expectFoldedTerms(page: Page, engine: Pick<Doors, "dataDir">): Promise<void> {
  await showTab(page, "overview");
  const facts = await journalOf(engine);
  const counted = async (standing: Promise<Standing> | Standing) => {
    const { tsr, cr, learning } = await standing;
    return [tsr, cr, learning].map((term) => (term === null ? null : term.toFixed(6)));
  };
  await expect.poll(() => counted(termsOn(page)), SHOWN).toEqual(await counted(standingOf(facts, Date.now())));
  await expect.poll(() => shareIn(page, "term-uptime"), SHOWN).not.toBeNull();
  const uptime = await shareIn(page, "term-uptime");
  const lately = uptimesLately(facts);
  expect(uptime).toBeGreaterThanOrEqual(Math.min(...lately) - 0.002);
  expect(uptime).toBeLessThanOrEqual(Math.max(...lately) + 0.002);
}

/** The uptime at each second of the last minute: the page's is as old as its last news. */
function uptimesLately(facts: readonly Fact[]): readonly number[] {
  const now = Date.now();
  return Array.from({ length: 61 }, (_, seconds) => now - seconds * 1_000).flatMap((atMs) => {
    const known = facts.filter((fact) => Date.parse(fact.time) <= atMs);
    return standingOf(known, atMs).uptime ?? [];
  });
}

async function expectFoldedSuccess(page: Page, engine: Pick<Doors, "dataDir">, agent: string): Promise<void> {
  const folded = successOf(agent, await journalOf(engine));
  expect(folded).not.toBeNull();
  await showTab(page, "agents");
  await expect.poll(() => shareIn(page, `agent-success-${agent}`), SHOWN).toBeCloseTo(folded ?? Number.NaN, 6);
}

async function expectNewestEvent(page: Page, engine: Pick<Doors, "dataDir">): Promise<void> {
  await showTab(page, "overview");
  await expect
    .poll(async () => {
      const newest = (await journalOf(engine)).at(-1);
      return (await textOf(page, "last-event-id")) === newest?.id;
    }, SHOWN)
    .toBe(true);
}

describe("the dashboard over a run of the demo", () => {
  let run: DemoRun;
  let header: Header;
  let cutter: Cutter;
  let page: Page;

  beforeAll(async () => {
    run = new DemoRun(["--seed", SEED]);
    header = await run.header();
    cutter = await openCutter(header);
    // Open from the beginning, so that what it shows in the end came to it as news.
    page = await openPage(browser, header, cutter);
    await run.summary();
  }, RUN_MS);
  afterAll(async () => {
    await cutter.close();
    await run.close();
  });

  it("shows the four terms as the journal gives them", () => expectFoldedTerms(page, header), 60_000);

  it("shows each agent's success as the journal gives it", async () => {
    for (const agent of Object.values(header.agents)) await expectFoldedSuccess(page, header, agent);
  }, 60_000);

  it("shows the ledger of effects as the journal has it, and who is looked after", async () => {
    const facts = await journalOf(header);
    const started = facts.filter(({ type }) => type === "task.started").slice(-5);
    expect(started).toHaveLength(5);
    const succeeded = new Set(facts.filter(({ type }) => type === "task.succeeded").map((fact) => text(fact, "key")));
    await showTab(page, "agents");
    for (const fact of started) {
      const row = page.locator(`[data-testid=effect][data-key="${text(fact, "key")}"]`);
      await row.waitFor(SHOWN);
      const isDone = succeeded.has(text(fact, "key"));
      expect((await row.getAttribute("data-outcome")) === "done", text(fact, "key")).toBe(isDone);
    }
    const ledger = page.getByRole("region", { name: "Ledger of effects" });
    await ledger.focus();
    expect(await page.evaluate("document.activeElement?.getAttribute('aria-label')")).toBe("Ledger of effects");
    expect(await page.getByRole("columnheader", { name: "Outcome" }).count()).toBe(1);
    await page.getByRole("region", { name: "Supervision" }).waitFor(SHOWN);
    const failed = facts.some(({ type }) => type === "actor.failed" || type === "supervisor.planned");
    expect(await page.getByText("No actor has failed").count()).toBe(failed ? 0 : 1);
  }, 60_000);

  it("shows what was taken back or left behind as the journal has it, and nothing else", async () => {
    const facts = await journalOf(header);
    const ended = facts.filter(({ type }) => type === "playbook.settled");
    const wanted = ended.filter((fact) => text(fact, "rollback") !== "none").map((fact) => text(fact, "runId"));
    await showTab(page, "overview");
    const card = page.getByRole("region", { name: "To review" });
    await expect.poll(() => card.locator("[data-testid^=review-]").count(), SHOWN).toBe(wanted.length);
    for (const runId of wanted) await card.getByTestId(`review-${runId}`).waitFor(SHOWN);
  }, 60_000);

  it("shows the newest event", () => expectNewestEvent(page, header), 60_000);

  it("goes on by asking when the WebSocket is cut, and is live again once it can be", async () => {
    cutter.cut();
    await connection(page, "polling");
    for (const note of ["first", "second"]) {
      await ask(header, "POST", "/api/v1/events", {
        type: "page.tried",
        data: { message: `${note} without a socket` },
      });
      await page.getByText(`${note} without a socket`).waitFor(SHOWN);
      expect(await textOf(page, "connection")).toBe("polling");
      // Others happen meanwhile: the page follows the journal, not this event alone.
      await expectNewestEvent(page, header);
    }
    cutter.mend();
    await connection(page, "live");
    await expectNewestEvent(page, header);
  }, 120_000);

  it("works by keyboard alone", async () => {
    await page.reload();
    await page.getByTestId("tab-overview").waitFor(SHOWN);
    await pressUntil(page, "Tab", "tab-overview");
    for (const next of ["agents", "evolution", "performance", "overview"]) {
      await page.keyboard.press("ArrowRight");
      await page.getByTestId(`tab-${next}`).waitFor(SHOWN);
      expect(await focused(page)).toBe(`tab-${next}`);
    }
    await page.keyboard.press("End");
    await page.getByTestId("tab-performance").waitFor(SHOWN);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.getByTestId(`agent-${header.agents.reader}`).waitFor(SHOWN);
    await pressUntil(page, "Tab", header.agents.reader);
    await page.keyboard.press("Enter");
    await page.getByText("Task history").waitFor(SHOWN);
  }, 60_000);

  it("takes two keys that come faster than it draws as two steps", async () => {
    await showTab(page, "overview");
    await page.evaluate(`for (const key of ["End", "ArrowLeft", "ArrowLeft"])
      document.querySelector("[role=tablist]").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));`);
    await page.getByTestId("tab-agents").waitFor(SHOWN);
    expect(await focused(page)).toBe("tab-agents");
  }, 60_000);

  it.each(["light", "dark"] as const)(
    "has no serious fault of accessibility on any tab (%s)",
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      for (const name of ["overview", "agents", "evolution", "performance"]) {
        await showTab(page, name);
        await page.locator("[data-testid^=tab-] .card").first().waitFor(SHOWN);
        expect(await seriousFaults(page), name).toEqual([]);
      }
    },
    120_000,
  );

  it("shows what an edited copy of the journal says, and not what was there before", async () => {
    run.interrupt();
    await run.exited;
    const dataDir = await mkdtemp(path.join(scratch, "edited-"));
    const agent = header.agents.cruncher;
    expect(successOf(agent, await journalOf(header))).toBe(1);
    await writeEdited(header.dataDir, dataDir, (fact) => (isEnd(fact, agent) ? failed(fact) : fact));

    await withEngine(dataDir, async (engine) => {
      const edited = await openPage(browser, engine);
      await expectFoldedTerms(edited, engine);
      expect(await shareIn(edited, "term-tsr")).toBeLessThan(standingOf(await journalOf(header), Date.now()).tsr ?? 0);
      await expectFoldedSuccess(edited, engine, agent);
      expect(await shareIn(edited, `agent-success-${agent}`)).toBe(0);
    });
  }, 120_000);

  it("was not complained about by the browser", () => {
    expect(browser.complaints).toEqual([]);
  });
});

describe("the dashboard over an empty data directory", () => {
  it("says that there is not enough data wherever a number would need some", async () => {
    await withEngine(await mkdtemp(path.join(scratch, "empty-")), async (engine) => {
      const page = await openPage(browser, engine);
      for (const name of ["score", "term-tsr", "term-cr", "term-learning"]) {
        expect([name, await textOf(page, name), await shareIn(page, name)]).toEqual([name, NOT_ENOUGH, null]);
      }
      expect(await textOf(page, "trend")).toContain(NOT_ENOUGH);
      expect(await textOf(page, "grade")).toBe("no grade yet");
      // A share of the seconds since the engine began: nothing in the first five, measured after them.
      expect([null, 1]).toContain(roughly(await shareIn(page, "term-uptime")));

      await showTab(page, "agents");
      await page.getByText("No agent is registered").waitFor(SHOWN);
      await showTab(page, "evolution");
      await page.getByText(NOT_ENOUGH).first().waitFor(SHOWN);
      await showTab(page, "performance");
      await page.getByTestId("response-p50").waitFor(SHOWN);
      for (const name of ["response-p50", "response-p95", "wait-p50", "fix-p50", "throughput", "host-cpu"]) {
        expect([name, await textOf(page, name)]).toEqual([name, NOT_ENOUGH]);
      }
    });
  }, 120_000);
});

function isEnd(fact: Fact, agent: string): boolean {
  return fact.type === "task.succeeded" && text(fact, "agentId") === agent;
}

function failed(fact: Fact): Fact {
  const data = { taskId: text(fact, "taskId"), agentId: text(fact, "agentId"), state: "failed", attempts: 1 };
  return { ...fact, type: "task.failed", data: { ...data, reason: "error", error: { message: "edited" } } } as Fact;
}

function roughly(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
