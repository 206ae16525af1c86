import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand } from "../../../eval/command.ts";
import { tempDir } from "../../support/temp-dir.ts";

async function evaluate(...args: readonly string[]) {
  const said = { out: "", err: "" };
  const status = await runCommand(args, {
    out: (line) => {
      said.out += `${line}\n`;
    },
    err: (line) => {
      said.err += `${line}\n`;
    },
  });
  return { status, ...said };
}

async function dataWith(name: string, text: string): Promise<readonly string[]> {
  const dir = await tempDir();
  writeFileSync(path.join(dir, name), text);
  return ["--data", dir, "--out", path.join(dir, "out")];
}

describe("npm run eval", () => {
  it("says what it can do when the command is wrong", async () => {
    const nothing = await evaluate();
    expect(nothing).toMatchObject({ status: 2, out: "" });
    expect(nothing.err).toContain("which evaluation?");
    expect(nothing.err).toContain("usage: npm run --silent eval -- NAME");
    expect((await evaluate("karma")).err).toContain("there is no evaluation karma; there are ");
    expect((await evaluate("experiment", "--data", ".")).err).toContain("--out is missing");
    expect((await evaluate("experiment", "--date", ".")).err).toContain("--date");
    const both = await evaluate("experiment", "--simulate", "--data", ".", "--out", "./nowhere");
    expect(both).toMatchObject({ status: 2, out: "" });
    expect(both.err).toContain("--simulate makes its own data");
    expect((await evaluate("trend", "--simulate", "--out", ".")).err).toContain("--simulate is for experiment");
    const nowhere = await evaluate("experiment", "--data", "./nowhere", "--out", "./nowhere");
    expect(nowhere).toMatchObject({ status: 2, out: "" });
    expect(nowhere.err).toContain("--data: there is no folder ./nowhere");
  });

  it("names the file that is missing", async () => {
    const run = await evaluate("experiment", ...(await dataWith("other.jsonl", "")));
    expect(run).toMatchObject({ status: 1, out: "" });
    expect(run.err).toMatch(/pairs\.jsonl: there is no such file/);
  });

  it("names file and line of what it cannot read", async () => {
    const good = JSON.stringify({ pair: 1, control: [1], candidate: [0] });
    const noJson = await evaluate("experiment", ...(await dataWith("pairs.jsonl", `${good}\n\n{"pair":`)));
    expect(noJson).toMatchObject({ status: 1, out: "" });
    expect(noJson.err).toMatch(/pairs\.jsonl:3: not JSON/);
    const uneven = JSON.stringify({ pair: 2, control: [1], candidate: [] });
    expect((await evaluate("experiment", ...(await dataWith("pairs.jsonl", `${good}\n${uneven}\n`)))).err).toMatch(
      /pairs\.jsonl:2: control and candidate have different lengths/,
    );
    const wrong = JSON.stringify({ pair: 2, control: [2], candidate: [1] });
    expect((await evaluate("experiment", ...(await dataWith("pairs.jsonl", wrong)))).err).toMatch(
      /pairs\.jsonl:1: control\.0: /,
    );
  });
});
