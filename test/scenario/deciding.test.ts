import { access, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, openBrowser, textOf } from "./support/browser.ts";
import { ask, type BuiltEngine, startEngine } from "./support/built-engine.ts";
import { focused, openPage, pressUntil, SHOWN } from "./support/page.ts";

/* A person decides in the page, in a real browser, and what follows is looked for outside of the engine. */

interface Approval {
  readonly id: string;
  readonly playbook: string;
  readonly state: string;
  readonly reason?: string;
}

/** Asks each time, as its risk is medium; writes the file that the event names. */
const playbookIn = (place: string) => ({
  id: "write_note",
  trigger: { event_type: "note.wanted" },
  target: { kind: "file", id: { $ref: "event.data.path" } },
  actions: [{ type: "write_file", params: { path: { $ref: "event.data.path" }, content: "written\n" } }],
  validation: { check: "file_exists", params: { path: { $ref: "event.data.path" } }, settleMs: 10, intervalMs: 10 },
  risk: "medium",
  grants: [`fs.write:${place}/**`, `fs.read:${place}/**`],
  cooldownMs: 0,
  tests: [{ event: { type: "note.wanted", data: { path: `${place}/x` } }, expect: "match" }],
});

describe("what a person decides in the page", () => {
  let browser: Browser;
  let place: string;
  let engine: BuiltEngine;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
    place = await realpath(await mkdtemp(path.join(tmpdir(), "aios-deciding-")));
    await mkdir(path.join(place, "playbooks"));
    await mkdir(path.join(place, "notes"));
    const playbook = playbookIn(path.join(place, "notes"));
    await writeFile(path.join(place, "playbooks", "write_note.json"), JSON.stringify(playbook));
    engine = await startEngine(place);
    page = await openPage(browser, engine);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await engine.kill();
    await rm(place, { recursive: true, force: true, maxRetries: 3 });
  });

  const noteOf = (name: string) => path.join(place, "notes", name);
  const thereIs = (file: string) =>
    access(file).then(
      () => true,
      () => false,
    );
  const approvals = async () => (await ask<{ items: readonly Approval[] }>(engine, "GET", "/api/v1/approvals")).items;

  const suppressed = async () =>
    (await ask<{ items: readonly object[] }>(engine, "GET", "/api/v1/events?type=playbook.suppressed&limit=9")).items;

  /** Has a plan made for a note, and answers with the row in which the page asks about it. */
  async function asked(name: string) {
    await ask(engine, "POST", "/api/v1/events", { type: "note.wanted", data: { path: noteOf(name) } });
    const row = page.locator("[data-testid^=approval-]", { hasText: noteOf(name) });
    await row.waitFor(SHOWN);
    return row;
  }

  it("is done once it is approved, by keyboard alone, and not before", async () => {
    const row = await asked("approved");
    expect(await row.innerText()).toContain("can be undone");
    await pressUntil(page, "Tab", "Approve");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Let it act?" }).waitFor(SHOWN);
    expect(await focused(page)).not.toBe("Approve");
    expect(await thereIs(noteOf("approved"))).toBe(false);
    await page.keyboard.type("looks right");
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText("write_note approved").waitFor(SHOWN);
    await row.waitFor({ ...SHOWN, state: "detached" });
    await expect.poll(() => thereIs(noteOf("approved")), SHOWN).toBe(true);
    expect(await readFile(noteOf("approved"), "utf8")).toBe("written\n");
    expect((await approvals())[0]).toMatchObject({ state: "approved", reason: "looks right" });
  }, 60_000);

  it("is not done when the question is left by Escape, nor when it is rejected", async () => {
    const row = await asked("rejected");
    await row.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("dialog").waitFor(SHOWN);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ ...SHOWN, state: "hidden" });
    expect((await approvals())[0]).toMatchObject({ state: "waiting" });
    await row.getByRole("button", { name: "Reject" }).click();
    await page.getByTestId("confirm").click();
    await page.getByRole("status").getByText("write_note rejected").waitFor(SHOWN);
    await row.waitFor({ ...SHOWN, state: "detached" });
    expect((await approvals())[0]).toMatchObject({ state: "rejected" });
    expect(await thereIs(noteOf("rejected"))).toBe(false);
  }, 60_000);

  it("says what was wrong where somebody else was faster", async () => {
    const row = await asked("late");
    const [waiting] = await approvals();
    await row.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("dialog").waitFor(SHOWN);
    await ask(engine, "POST", `/api/v1/approvals/${waiting?.id}/reject`, {});
    await page.getByTestId("confirm").click();
    await page.locator(".notice.bad").waitFor(SHOWN);
    expect(await page.locator(".notice.bad").innerText()).toMatch(/rejected/);
    expect(await thereIs(noteOf("late"))).toBe(false);
  }, 60_000);

  it("is held by a pause though it is approved meanwhile, and done after it", async () => {
    const row = await asked("held");
    await page.getByTestId("pause").click();
    await page.getByRole("dialog", { name: "Pause the reactor?" }).waitFor(SHOWN);
    await page.keyboard.type("maintenance");
    await page.getByTestId("confirm").click();
    await expect.poll(() => textOf(page, "reactor"), SHOWN).toBe("reactor paused");
    expect(await ask(engine, "GET", "/api/v1/pause")).toMatchObject({ paused: true, reason: "maintenance" });
    await row.getByRole("button", { name: "Approve" }).click();
    await page.getByTestId("confirm").click();
    await expect.poll(async () => (await approvals())[0]?.state, SHOWN).toBe("approved");
    // Meanwhile it would have been done: the engine has answered what came after.
    await ask(engine, "POST", "/api/v1/events", { type: "note.wanted", data: { path: noteOf("later") } });
    await expect.poll(suppressed, SHOWN).toHaveLength(1);
    expect(await thereIs(noteOf("held"))).toBe(false);
    await page.getByTestId("pause").click();
    await page.getByTestId("confirm").click();
    await expect.poll(() => textOf(page, "reactor"), SHOWN).toBe("reactor live");
    expect(await ask(engine, "GET", "/api/v1/pause")).toMatchObject({ paused: false });
    await expect.poll(() => thereIs(noteOf("held")), SHOWN).toBe(true);
  }, 60_000);

  it("was not complained about by the browser", () => {
    expect(browser.complaints).toEqual([]);
  });
});
