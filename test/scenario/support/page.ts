import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Browser } from "./browser.ts";
import { type BuiltEngine, type Doors, startEngine, ticketLink } from "./built-engine.ts";

/** How long a page may take to show what happened. */
export const SHOWN = { timeout: 30_000 };

/** Signs in by the one-time link, through a proxy where one is given. */
export async function openPage(
  browser: Browser,
  engine: Doors,
  through: { readonly url: string } = engine,
): Promise<Page> {
  const page = await browser.page();
  const link = new URL(await ticketLink(engine));
  await page.goto(new URL(`${link.pathname}${link.search}`, through.url).href);
  await connection(page, "live");
  return page;
}

/** Waits until the page says so of its connection. */
export function connection(page: Page, state: string): Promise<void> {
  return page.getByTestId("connection").getByText(state, { exact: true }).waitFor(SHOWN);
}

/** Shows a tab by its name. */
export async function showTab(page: Page, name: string): Promise<void> {
  await page.locator(`#tab-${name}`).click();
  await page.getByTestId(`tab-${name}`).waitFor(SHOWN);
}

/** A built engine over a data directory for as long as it is used; it has to end in order. */
export async function withEngine(dataDir: string, use: (engine: BuiltEngine) => Promise<void>): Promise<void> {
  const engine = await startEngine(dataDir);
  try {
    await use(engine);
    expect(await engine.stop()).toBe(0);
  } finally {
    await engine.kill();
  }
}

/** Presses a key until what has the focus is called so; a page has fewer places than are tried. */
export async function pressUntil(page: Page, key: string, wanted: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if ((await focused(page)) === wanted) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${wanted} cannot be reached by ${key}`);
}

/** Id or text of what has the focus. */
export function focused(page: Page): Promise<string> {
  return page.evaluate("document.activeElement?.id || document.activeElement?.textContent?.trim() || ''");
}
