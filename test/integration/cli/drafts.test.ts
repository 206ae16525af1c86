import path from "node:path";
import { describe, expect, it } from "vitest";
import { nodeFiles } from "../../../src/platform/files.ts";
import { listeningEngine } from "../../support/cli.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** A real program that fails with what somebody else wrote. */
const program = `
const name = ["'; rm -rf ~; \\"}],\\"draft\\":false", "$(id) .* ^(a+)+$", "{\\"$ref\\":\\"event.data\\"}"];
process.stderr.write("TypeError: the ledger refuses " + JSON.stringify(name) + "\\n");
process.exit(3);
`;

/** An engine with a program that failed three tasks, and a folder of playbooks that may grow. */
async function open() {
  const folder = await tempDir();
  const { engine, ask } = await listeningEngine({ playbookFolders: [folder] });
  await engine.engine.agents.register("bookkeeper", {
    kind: "process",
    config: { command: [process.execPath, "-e", program], output: "text" },
    policy: { failureThreshold: 100 },
  });
  const fail = () => engine.run({ agent: "bookkeeper", retries: 0 });
  for (let n = 0; n < 3; n++) await fail();
  const { data } = await engine.until("playbook.drafted");
  return { engine, folder, ask, fail, id: data.playbookId };
}

describe("aios playbook drafts", () => {
  it("takes a program's failure from its draft to a playbook that answers it", async () => {
    const { engine, folder, ask, fail, id } = await open();
    const listed = await ask(["playbook", "drafts"]);
    expect(listed.out).toMatch(/DRAFT +TASKS/);
    expect(listed.out).toContain("the ledger refuses");
    const shown = await ask(["playbook", "drafts", "show", id]);
    expect(shown.out).toMatch(/Fill in[\s\S]*actions: say what is to be done: /);
    expect(shown.out).toMatch(/Evidence[\s\S]*Document/);

    const file = path.join(folder, "ledger.json");
    const adopted = await ask(["playbook", "drafts", "adopt", id, "--file", file]);
    expect([adopted.code, adopted.err]).toEqual([0, ""]);
    expect(adopted.out).toMatch(/ledger\.json: a draft, which never acts/);
    expect((await ask(["playbook", "drafts", "adopt", id, "--file", file])).code).toBe(2);
    const linted = await ask(["playbook", "lint", file]);
    expect(linted.code).toBe(0);
    expect(linted.out).toMatch(/Fill in[\s\S]*\d+:\d+ actions: [\s\S]*validation: [\s\S]*\d+:\d+ draft: take it out/);
    expect((await ask(["playbook", "test", file])).out).toContain("4 passed, 0 failed");

    expect((await ask(["playbook", "reload"])).code).toBe(0);
    expect((await ask(["playbook", "enable", id])).code).toBe(1);
    expect((await ask(["playbook", "drafts", "show", id, "--json"])).json()).toMatchObject({ file });
    await fail();
    expect(engine.events.some(({ type }) => type === "playbook.matched" || type === "playbook.suppressed")).toBe(false);

    const { draft: _, ...document } = JSON.parse((await nodeFiles.readText(file)) ?? "") as Record<string, unknown>;
    const filled = {
      ...document,
      enabled: true,
      actions: [{ type: "notify", params: { text: "the ledger refuses an entry" } }],
      grants: ["notify:log"],
      validation: { check: "none", settleMs: 0 },
    };
    await nodeFiles.write(file, JSON.stringify(filled));
    expect((await ask(["playbook", "lint", file])).out).toMatch(/ledger\.json: valid/);
    await ask(["playbook", "reload"]);
    await fail();
    await engine.until("playbook.matched", ({ data }) => data.playbookId === id);
    await engine.until("playbook.draft_withdrawn", ({ data }) => data.why === "answered" && data.by === id);
    expect((await ask(["playbook", "drafts"])).out).toContain("No drafts");
  });

  it("says what to write where it is asked for something else", async () => {
    const { ask, id } = await open();
    expect(await ask(["playbook", "drafts", "adapt", id])).toMatchObject({ code: 2 });
    expect((await ask(["playbook", "drafts", "show"])).err).toContain("ID is missing");
    expect((await ask(["playbook", "drafts", "show", "draft_0"])).code).toBe(1);
  });
});
