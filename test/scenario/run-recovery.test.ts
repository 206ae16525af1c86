import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { livingIn } from "../support/process-table.ts";
import { Program } from "../support/program.ts";
import { tempDir } from "../support/temp-dir.ts";

describe("a program under care, when its engine is killed", () => {
  it("is ended, begun anew by an engine of its caller's own, and handed back as if nothing had happened", async () => {
    const cwd = await tempDir();
    const engine = new Program(["start", "--json"], { cwd });
    await engine.until(({ out }) => out.includes("\n"));
    const script = 'echo x >> begun; [ "$(wc -l < begun)" -gt 1 ] || exec sleep 1000; echo survived';
    const run = new Program(["run", "--", "sh", "-c", `echo up >&2; ${script}`], { cwd });
    await run.until(({ err }) => err.includes("up\n"));
    engine.kill("SIGKILL");
    const { code, out, err } = await run.ended;
    expect(err).toContain("aios: the engine is gone; its journal is taken up again");
    expect([code, out.toString()]).toEqual([0, "survived\n"]);
    expect(livingIn(cwd)).toEqual([]);
    const journal = await readFile(path.join(cwd, ".aios", "events.jsonl"), "utf8");
    expect(journal.match(/"type":"task\.submitted"/g)).toHaveLength(1);
    expect(journal.match(/"previous":"crashed"/g)).toHaveLength(1);
  });
});
