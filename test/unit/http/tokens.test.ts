import { readFile, stat, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { Tokens } from "../../../src/http/tokens.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { systemEntropy } from "../../../src/platform/entropy.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { tempDir } from "../../support/temp-dir.ts";

async function store(given?: string) {
  const directory = await tempDir();
  const open = () =>
    Tokens.open({
      files: nodeFiles,
      hash: nodeHash,
      entropy: systemEntropy,
      clock: systemClock,
      directory,
      ...(given === undefined ? {} : { given }),
    });
  const first = async () => (await readFile(`${directory}/operator.token`, "utf8")).trim();
  return { directory, open, first, tokens: await open() };
}

describe("tokens", () => {
  it("writes the operator's token at the first start, for its user's eyes only, and keeps it at the next", async () => {
    const { directory, open, first, tokens } = await store();
    const token = await first();
    expect(tokens.verify(token)).toEqual({ role: "operator", id: "first" });
    expect((await stat(`${directory}/operator.token`)).mode & 0o777).toBe(0o600);
    expect((await stat(`${directory}/tokens.json`)).mode & 0o777).toBe(0o600);
    const again = await open();
    expect(await first()).toBe(token);
    expect(again.verify(token)).toEqual({ role: "operator", id: "first" });
  });

  it("keeps hashes, not tokens", async () => {
    const { directory, tokens } = await store();
    const { token } = await tokens.create({ role: "agent", agentId: "coder", label: "ci" });
    const stored = await readFile(`${directory}/tokens.json`, "utf8");
    expect(stored).not.toContain(token);
    expect(stored).toContain(nodeHash.sha256(token));
    expect(JSON.parse(stored)).toMatchObject({ format: 1 });
  });

  it("knows a created token after a restart and a revoked one no longer", async () => {
    const { open, tokens } = await store();
    const made = await tokens.create({ role: "agent", agentId: "coder" });
    const reopened = await open();
    expect(reopened.verify(made.token)).toEqual({ role: "agent", id: made.id, agentId: "coder" });
    expect(await reopened.revoke(made.id)).toBe(true);
    expect(reopened.verify(made.token)).toBeUndefined();
    expect(await reopened.revoke(made.id)).toBe(false);
    expect((await open()).verify(made.token)).toBeUndefined();
  });

  it("keeps every token of creations at the same time", async () => {
    const { open, tokens } = await store();
    const made = await Promise.all(Array.from({ length: 20 }, () => tokens.create({ role: "viewer" })));
    const reopened = await open();
    expect(made.every(({ token }) => reopened.verify(token)?.role === "viewer")).toBe(true);
  });

  it.each(["", "aios_", "x".repeat(69), "aios_é"])("knows nobody by %j", async (wrong) => {
    const { tokens } = await store();
    expect(tokens.verify(wrong)).toBeUndefined();
  });

  it("takes the environment's token without writing it, and counts it as made on purpose", async () => {
    const { directory, tokens } = await store("from-outside");
    expect(tokens.verify("from-outside")).toEqual({ role: "operator", id: "environment" });
    expect(tokens.deliberate).toBe(true);
    expect(await readFile(`${directory}/tokens.json`, "utf8")).not.toContain(nodeHash.sha256("from-outside"));
  });

  it("does not count the first operator's token as made on purpose", async () => {
    const { tokens } = await store();
    expect(tokens.deliberate).toBe(false);
    await tokens.create({ role: "viewer" });
    expect(tokens.deliberate).toBe(true);
  });

  it.each([
    ["of a newer version", '{"format": 2, "tokens": []}'],
    ["that is damaged", '{"format": 1'],
  ])("refuses a file %s instead of replacing it", async (_, content) => {
    const { directory, open } = await store();
    await writeFile(`${directory}/tokens.json`, content);
    await expect(open()).rejects.toMatchObject({ code: "data.format" });
    expect(await readFile(`${directory}/tokens.json`, "utf8")).toBe(content);
  });
});
