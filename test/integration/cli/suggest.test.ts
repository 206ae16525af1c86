import { describe, expect, it } from "vitest";
import { nodeFiles } from "../../../src/platform/files.ts";
import { listeningEngine } from "../../support/cli.ts";
import { tempDir } from "../../support/temp-dir.ts";

const ledger = {
  id: "ledger_rewrite",
  title: "Write a ledger again whose checksum is wrong",
  trigger: { event_type: "audit.failed" },
  target: { kind: "file", id: "ledger" },
  actions: [{ type: "notify", params: { text: { $ref: "event.data.advice" } } }],
  validation: { check: "none" },
  grants: ["notify:log"],
  tests: [{ event: { type: "audit.failed" }, expect: "match" }],
};

async function open() {
  const folder = await tempDir();
  await nodeFiles.write(`${folder}/ledger.json`, JSON.stringify(ledger));
  return listeningEngine({ playbookFolders: [folder] });
}

const withAdvice = JSON.stringify({
  type: "ledger.odd",
  data: { message: "wrong checksum of a ledger", advice: "look" },
});
const without = JSON.stringify({ type: "ledger.odd", data: { message: "wrong checksum of a ledger" } });

describe("aios playbook suggest", () => {
  it("names the playbook that is like a message, an event or a failure, with score and reason", async () => {
    const { engine, ask } = await open();
    const told = await ask(["playbook", "suggest", "--text", "the ledger's checksum is wrong"]);
    expect([told.code, told.err]).toEqual([0, ""]);
    expect(told.out).toMatch(/^ledger_rewrite \d\.\d\d\n[\s\S]*why +it says \d+ % of what is asked: .*checksum/);
    expect(told.out).toContain("A proposal does nothing by itself.");
    expect((await ask(["playbook", "suggest", withAdvice, "--json"])).json()).toMatchObject({
      answeredBy: [],
      items: [{ playbook: "ledger_rewrite", by: "text" }],
    });
    await engine.engine.agents.register("bookkeeper", {
      kind: "process",
      config: {
        command: [process.execPath, "-e", "console.error('wrong checksum: the ledger'); process.exit(3)"],
        output: "text",
      },
    });
    await engine.run({ agent: "bookkeeper", retries: 0 });
    const { data, sequence } = await engine.until("failure.observed");
    for (const what of [data.fingerprint, `draft_${data.fingerprint}`, String(sequence)])
      expect((await ask(["playbook", "suggest", what, "--json"])).json()).toMatchObject({
        fingerprint: data.fingerprint,
        items: [{ playbook: "ledger_rewrite" }],
      });
    expect(engine.events.some(({ type }) => type === "playbook.matched")).toBe(false);
  });

  it("says that nothing is as like, that somebody answers, and what is wrong with the question", async () => {
    const { ask } = await open();
    const none = await ask(["playbook", "suggest", "--text", "TypeError: x is not iterable"]);
    expect([none.code, none.out]).toEqual([0, "No playbook is as like it as 0.27 (reactor.proposalScore).\n"]);
    const answered = await ask(["playbook", "suggest", JSON.stringify({ type: "audit.failed", data: {} })]);
    expect(answered.out).toBe("Nothing is proposed: ledger_rewrite answers it.\n");
    expect((await ask(["playbook", "suggest"])).code).toBe(2);
    expect((await ask(["playbook", "suggest", "1", "--text", "x"])).code).toBe(2);
    expect((await ask(["playbook", "suggest", "0123456789abcdef"])).err).toContain("0123456789abcdef");
  });

  it("rehearses the first with --dry-run, and exits with 3 where that would be refused", async () => {
    const { ask } = await open();
    const fine = await ask(["playbook", "suggest", withAdvice, "--dry-run"]);
    expect([fine.code, fine.err]).toEqual([0, ""]);
    expect(fine.out).toMatch(/Dry run of the first[\s\S]*it would act/);
    const refused = await ask(["playbook", "suggest", without, "--dry-run"]);
    expect(refused.code).toBe(3);
    expect(refused.out).toMatch(/it would be refused[\s\S]*event\.data\.advice/);
  });
});

describe("a dry run that is refused", () => {
  it.each([
    ["dry-run", ["playbook", "dry-run", "ledger_rewrite"], []],
    ["run --dry-run", ["playbook", "run", "ledger_rewrite"], ["--dry-run"]],
  ])("makes `aios playbook %s` exit with 3, with its whole answer", async (_, command, more) => {
    const { ask } = await open();
    const about = (data: object) => JSON.stringify({ type: "audit.failed", data });
    const fine = await ask([...command, about({ advice: "look" }), ...more, "--json"]);
    expect([fine.code, fine.json()]).toMatchObject([0, { verdict: "would_act" }]);
    const refused = await ask([...command, about({}), ...more, "--json"]);
    expect([refused.code, refused.err]).toEqual([3, ""]);
    expect(refused.json()).toMatchObject({ playbook: "ledger_rewrite", verdict: "refused" });
    expect((await ask([...command, about({}), ...more])).out).toContain("it would be refused");
  });
});
