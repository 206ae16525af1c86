import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

const executablePath = process.env["AIOS_CHROMIUM"] ?? "/usr/bin/chromium";
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Browser {
  readonly context: BrowserContext;
  /** What pages complained about: errors that nobody caught, and requests that a policy refused. */
  readonly complaints: readonly string[];
  page(): Promise<Page>;
  close(): Promise<void>;
}

/** A real Chromium with a profile of its own. */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(`${executablePath} does not exist: install Chromium, or name one in AIOS_CHROMIUM`);
  }
  const profile = await mkdtemp(path.join(tmpdir(), "aios-browser-"));
  const viewport = { width: 1280, height: 900 };
  const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args, viewport });
  const complaints: string[] = [];
  const listen = (page: Page) => {
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
    });
  };
  context.on("page", listen);
  context.pages().forEach(listen);
  return {
    context,
    complaints,
    page: () => context.newPage(),
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** What the page shows under a test id. */
export function textOf(page: Page, testId: string): Promise<string> {
  return page.getByTestId(testId).innerText();
}

/** The number that an element was drawn from; null where it says that there is not enough data. */
export async function shareIn(page: Page, testId: string): Promise<number | null> {
  const value = await page.getByTestId(testId).getAttribute("data-value");
  return value === null || value === "" ? null : Number(value);
}
